#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Beyond this, truncations of a seed are tried at steps, not at each byte.
constexpr std::size_t max_truncations = 512;

void run(const std::string& bytes, std::size_t size) {
  // A copy of the exact size, so that a sanitizer sees a read behind it.
  std::vector<std::uint8_t> input(bytes.begin(), bytes.begin() + size);
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void replay(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  std::printf("%s\n", path.filename().c_str());
  std::fflush(stdout);
  auto step = std::max<std::size_t>(1, bytes.size() / max_truncations);
  for (std::size_t size = 0; size < bytes.size(); size += step)
    run(bytes, size);
  run(bytes, bytes.size());
}

} // namespace

/// Gives each file of the folder, and its truncations, to the entry function.
int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<fs::path> seeds;
  for (const auto& entry : fs::directory_iterator(argv[1]))
    seeds.push_back(entry.path());
  std::sort(seeds.begin(), seeds.end());
  for (const auto& seed : seeds)
    replay(seed);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 1;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
