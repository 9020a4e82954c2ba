#pragma once

#include "events/time.hpp"
#include "storage/format/varint.hpp"

#include <cstdint>
#include <string>

/// Times as zigzag varints of the microseconds since the time before, the
/// first since 1970. The arithmetic wraps, so that any time at all comes back
/// as it was.
namespace hansard::detail {

class time_writer {
public:
  void put(std::string& out, timestamp at) {
    auto now = static_cast<std::uint64_t>(to_unix_us(at));
    put_varint(out, zigzag(static_cast<std::int64_t>(now - last_)));
    last_ = now;
  }

private:
  std::uint64_t last_ = 0;
};

class time_reader {
public:
  timestamp get(byte_reader& in) {
    last_ += static_cast<std::uint64_t>(unzigzag(in.varint()));
    return from_unix_us(static_cast<std::int64_t>(last_));
  }

private:
  std::uint64_t last_ = 0;
};

} // namespace hansard::detail
