#include "tools/benchmark/micro/sample_log.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace hansard::benchmark;

constexpr std::uint32_t at_once = 500;

std::uint32_t number_from(const char* text) {
  return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

} // namespace

/// hansard-make-log PATH ENDED STREAMING TOKENS PASS_OVER
///
/// Writes a log by way of storage/ alone: sessions whose turn has ended, and
/// sessions whose turn runs, of so many tokens each. Ids are those that follow
/// the first PASS_OVER ones. Prints the id of the last session. Ends as a
/// killed server does: nothing is closed.
int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "hansard-make-log PATH ENDED STREAMING TOKENS PASS_OVER\n";
    return 2;
  }
  sample_log log{argv[1]};
  sample_shape shape;
  shape.tokens = number_from(argv[4]);
  // A long answer comes in larger frames, from a model that is quick.
  shape.tokens_per_frame = std::max(25u, shape.tokens / 4000);
  pass_over_streams(number_from(argv[5]));
  for (auto left = number_from(argv[2]); left > 0; left -= shape.sessions) {
    shape.sessions = std::min(left, at_once);
    log.fill(shape);
  }
  for (auto left = number_from(argv[3]); left > 0; left -= shape.sessions) {
    shape.sessions = std::min(left, at_once);
    log.fill_streaming(shape);
  }
  if (!log.streams().empty())
    std::cout << hansard::session_of(log.streams().back()).to_string()
              << std::endl;
  std::_Exit(0);
}
