#include "tools/hansard/config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace hansard {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

constexpr std::array<unit, 9> size_units{{
    {"TiB", 1ull << 40},
    {"GiB", 1ull << 30},
    {"MiB", 1ull << 20},
    {"KiB", 1ull << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"B", 1},
}};

/// A decimal number, spaces, and what follows. nullopt: no number.
struct quantity {
  double number = 0;
  std::string_view unit;
};

std::optional<quantity> split(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9')
    return std::nullopt;
  quantity q;
  const auto* end = text.data() + text.size();
  // Fixed notation: no exponent, no "inf".
  auto [rest, problem] =
      std::from_chars(text.data(), end, q.number, std::chars_format::fixed);
  if (problem != std::errc{})
    return std::nullopt;
  while (rest != end && *rest == ' ')
    ++rest;
  q.unit = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return q;
}

/// The value in the smallest unit; nullopt: an unknown unit, not a whole
/// number of the smallest unit, or over `limit`.
template <std::size_t N>
std::optional<std::uint64_t>
scale(const quantity& q, const std::array<unit, N>& units, double limit) {
  for (const auto& unit : units) {
    if (unit.name != q.unit)
      continue;
    const double value = q.number * static_cast<double>(unit.factor);
    if (!(value <= limit) || std::floor(value) != value)
      return std::nullopt;
    return static_cast<std::uint64_t>(value);
  }
  return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto q = split(text);
  if (!q)
    return std::nullopt;
  if (q->unit.empty() && q->number == 0)
    return std::chrono::milliseconds{0};
  auto ms = scale(*q, duration_units, 10'000.0 * 86'400'000.0);
  if (!ms)
    return std::nullopt;
  return std::chrono::milliseconds{*ms};
}

std::string format_duration(std::chrono::milliseconds value) {
  const auto ms = static_cast<std::uint64_t>(value.count());
  for (const auto& unit : duration_units)
    if (ms != 0 && ms % unit.factor == 0)
      return std::to_string(ms / unit.factor) + std::string(unit.name);
  return "0s";
}

std::optional<byte_size> parse_size(std::string_view text) {
  auto q = split(text);
  if (!q)
    return std::nullopt;
  if (q->unit.empty())
    q->unit = "B";
  // 2^53: up to here a double holds every whole number.
  auto bytes = scale(*q, size_units, 9'007'199'254'740'992.0);
  if (!bytes)
    return std::nullopt;
  return byte_size{*bytes};
}

std::string format_size(byte_size value) {
  for (std::size_t i = 0; i < 4; ++i)
    if (value.bytes != 0 && value.bytes % size_units[i].factor == 0)
      return std::to_string(value.bytes / size_units[i].factor)
             + std::string(size_units[i].name);
  return std::to_string(value.bytes) + "B";
}

} // namespace hansard
