#include "events/text/trace_context.hpp"

#include "events/text/hex.hpp"

#include <algorithm>

namespace hansard {

namespace {

/// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t header_bytes = 55;
constexpr std::uint8_t sampled_flag = 0x01;

int value_of(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> read_hex(std::string_view text) {
  std::array<std::uint8_t, Size> out{};
  for (std::size_t i = 0; i < Size; ++i) {
    auto high = value_of(text[2 * i]);
    auto low = value_of(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return out;
}

template <std::size_t Size>
bool is_zero(const std::array<std::uint8_t, Size>& id) {
  return std::all_of(id.begin(), id.end(), [](auto b) { return b == 0; });
}

} // namespace

std::string trace_context::trace_text() const { return hex_text(trace); }
std::string trace_context::span_text() const { return hex_text(span); }

std::optional<trace_context> read_traceparent(std::string_view text) {
  if (text.size() < header_bytes || text[2] != '-' || text[35] != '-'
      || text[52] != '-')
    return std::nullopt;
  auto version = read_hex<1>(text.substr(0, 2));
  auto trace = read_hex<16>(text.substr(3, 32));
  auto span = read_hex<8>(text.substr(36, 16));
  auto flags = read_hex<1>(text.substr(53, 2));
  if (!version || !trace || !span || !flags || (*version)[0] == 0xff
      || is_zero(*trace) || is_zero(*span))
    return std::nullopt;
  if (text.size() > header_bytes
      && ((*version)[0] == 0 || text[header_bytes] != '-'))
    return std::nullopt;
  return trace_context{*trace, *span, ((*flags)[0] & sampled_flag) != 0};
}

std::string to_traceparent(const trace_context& context) {
  return "00-" + context.trace_text() + '-' + context.span_text() + '-'
         + (context.sampled ? "01" : "00");
}

} // namespace hansard
