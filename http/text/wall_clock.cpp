#include "http/text/wall_clock.hpp"

#include <chrono>

namespace hansard {

timestamp wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

} // namespace hansard
