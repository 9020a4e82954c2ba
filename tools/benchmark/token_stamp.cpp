#include "tools/benchmark/token_stamp.hpp"

#include <charconv>

namespace hansard::benchmark {

namespace {

constexpr std::size_t sequence_digits = 5;
constexpr std::size_t time_digits = 16;
constexpr std::size_t time_at = 1 + sequence_digits + 1;

template <class Int>
bool read_digits(const char* from, std::size_t size, int base, Int& out) {
  const auto [end, error] = std::from_chars(from, from + size, out, base);
  return error == std::errc{} && end == from + size;
}

} // namespace

void write_stamp(char* out, token_stamp stamp) {
  static constexpr char digits[] = "0123456789abcdef";
  out[0] = '~';
  for (auto i = sequence_digits; i > 0; --i) {
    out[i] = digits[stamp.sequence % 10];
    stamp.sequence /= 10;
  }
  out[time_at - 1] = ':';
  for (auto i = time_digits; i > 0; --i) {
    out[time_at + i - 1] = digits[stamp.sent_ns & 15];
    stamp.sent_ns >>= 4;
  }
  out[stamp_size - 1] = ' ';
}

bool read_stamp(const char* bytes, token_stamp& stamp) {
  return bytes[0] == '~' && bytes[time_at - 1] == ':'
         && bytes[stamp_size - 1] == ' '
         && read_digits(bytes + 1, sequence_digits, 10, stamp.sequence)
         && read_digits(bytes + time_at, time_digits, 16, stamp.sent_ns);
}

} // namespace hansard::benchmark
