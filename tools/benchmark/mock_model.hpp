#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// What a mock token says.
enum class mock_text {
  /// Its place and time (token_stamp.hpp): for latencies.
  stamps,
  /// English words, different in each reply: for sizes.
  words,
};

/// How the mock answers, told by the name of the model, so that one mock serves
/// every scenario: "mock-n100-i2000-w1-f0" is 100 tokens, 2,000 µs apart, one a
/// write, the first at once; "-words" at the end asks for words. Members may be
/// left out.
struct mock_model {
  /// Tokens of a reply; 1 to 99,999.
  std::uint32_t tokens = 20;
  /// Between two writes, in microseconds; 0: flat out.
  std::uint32_t interval_us = 0;
  /// Tokens a write; 1 to 100.
  std::uint32_t per_write = 1;
  /// From request to first token, in microseconds.
  std::uint32_t first_us = 0;
  mock_text text = mock_text::stamps;

  bool operator==(const mock_model&) const = default;

  std::string name() const;
  /// nullopt: not such a name, or a number out of range.
  static std::optional<mock_model> parse(std::string_view name);
};

/// Token `sequence` of the reply number `reply`, for mock_text::words; the
/// same for the same numbers, in any process.
std::string_view word_of(std::uint64_t reply, std::uint32_t sequence);

} // namespace hansard::benchmark
