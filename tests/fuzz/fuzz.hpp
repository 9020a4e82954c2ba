#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// The entry function that each file of this folder defines once.
extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace hansard::fuzz {

/// Ends the program if `holds` is false; libFuzzer then keeps the input.
inline void require(bool holds, const char* claim) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", claim);
  std::abort();
}

/// Takes an input apart from its front.
class input {
public:
  input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  /// 0 at the end.
  std::uint8_t byte() {
    if (rest_.empty())
      return 0;
    auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// As many as there are, up to `count`.
  std::string_view bytes(std::size_t count) {
    auto taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

private:
  std::string_view rest_;
};

} // namespace hansard::fuzz
