#pragma once

#include "events/codec/varint.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace hansard::detail {

/// Reads untrusted bytes front to back. Past the end, or at a varint that is
/// not in its shortest form, it fails for good: every later read gives zero or
/// nothing, so that a caller can look at failed() once, before it trusts what
/// it read. Does not own the bytes.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  /// Whether all was read, and well.
  bool done() const { return !failed_ && rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::uint8_t byte() {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t varint() {
    if (!rest_.empty() && static_cast<std::uint8_t>(rest_.front()) < 0x80)
      return byte();
    return long_varint();
  }

  /// A varint of at most `limit`; more fails.
  std::uint64_t varint(std::uint64_t limit) {
    auto value = varint();
    if (value <= limit)
      return value;
    fail();
    return 0;
  }

  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    auto taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

private:
  std::uint64_t long_varint() {
    std::uint64_t value = 0;
    if (take_varint(rest_, value) == varint_form::shortest)
      return value;
    fail();
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

} // namespace hansard::detail
