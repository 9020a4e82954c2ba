#include "tools/benchmark/machine.hpp"

#include "tools/benchmark/histogram.hpp"
#include "tools/benchmark/monotonic.hpp"
#include "tools/benchmark/socket.hpp"

#include <boost/json/value.hpp>
#include <fcntl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace hansard::benchmark {

namespace {

/// The value behind "name : value" in a file of /proc.
std::string proc_value(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name))
      continue;
    const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
    return at == std::string::npos ? std::string{} : line.substr(at);
  }
  return {};
}

std::string file_system(const std::filesystem::path& folder) {
  struct statfs info {};
  if (statfs(folder.c_str(), &info) != 0)
    return "unknown";
  switch (info.f_type) {
  case 0xEF53:
    return "ext4";
  case 0x58465342:
    return "xfs";
  case 0x9123683E:
    return "btrfs";
  case 0x01021994:
    return "tmpfs";
  case 0x794c7630:
    return "overlayfs";
  default:
    return "other";
  }
}

/// The part of all cores' time that something ran, over a second.
double busy_share() {
  const auto read = [] {
    std::ifstream file("/proc/stat");
    std::string cpu;
    file >> cpu;
    // user nice system idle iowait irq softirq steal, in ticks.
    std::array<double, 8> ticks{};
    for (auto& each : ticks)
      file >> each;
    const auto idle = ticks[3] + ticks[4];
    const auto all = std::accumulate(ticks.begin(), ticks.end(), 0.0);
    return std::pair{all - idle, all};
  };
  const auto [busy_before, all_before] = read();
  std::this_thread::sleep_for(std::chrono::seconds{1});
  const auto [busy, all] = read();
  return all > all_before ? (busy - busy_before) / (all - all_before) : 0;
}

std::unique_ptr<histogram> sync_times(const std::filesystem::path& folder) {
  const auto path = folder / "hansard-bench-sync";
  const descriptor file{
      open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)};
  if (!file)
    throw std::system_error(errno, std::generic_category(), path.string());
  unlink(path.c_str());
  auto out = std::make_unique<histogram>();
  const std::string block(4096, 'x');
  for (int i = 0; i < 300; ++i) {
    const auto begin = now_ns();
    if (write(file.get(), block.data(), block.size()) < 0
        || fdatasync(file.get()) != 0)
      throw std::system_error(errno, std::generic_category(), "fdatasync");
    out->add(now_ns() - begin);
  }
  return out;
}

} // namespace

boost::json::object describe_machine(const std::filesystem::path& folder) {
  utsname system{};
  uname(&system);
  const auto busy = busy_share();
  const auto sync = sync_times(folder);
  const char* commit = std::getenv("HANSARD_BENCH_COMMIT");
  return {
      {"cores", std::thread::hardware_concurrency()},
      {"processor", proc_value("/proc/cpuinfo", "model name")},
      {"memory", proc_value("/proc/meminfo", "MemTotal")},
      {"kernel", system.release},
      {"commit", commit ? commit : "unknown"},
      {"descriptorLimit", descriptor_limit()},
      {"busyBefore", busy},
      {"folder", folder.string()},
      {"fileSystem", file_system(folder)},
      {"syncP50Us", static_cast<double>(sync->quantile(0.5)) / 1e3},
      {"syncP99Us", static_cast<double>(sync->quantile(0.99)) / 1e3}};
}

} // namespace hansard::benchmark
