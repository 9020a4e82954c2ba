#pragma once

#include "events/codec/big_endian.hpp"
#include "events/ids.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The keys of the column families: fixed width, big-endian, so that bytes
/// sort as the numbers do.
namespace hansard::detail {

/// `log`.
inline std::string log_key(log_position first) {
  std::string key;
  append_big(key, first.value);
  return key;
}

inline std::optional<log_position> parse_log_key(std::string_view key) {
  if (key.size() != 8)
    return std::nullopt;
  return log_position{read_big<std::uint64_t>(key)};
}

inline std::string_view stream_prefix(const stream_id& stream) {
  return {
      reinterpret_cast<const char*>(stream.bytes.data()), stream.bytes.size()};
}

/// `streams` and `unsealed`.
struct stream_key_parts {
  stream_id stream;
  stream_version version;
};

inline std::string stream_key(const stream_id& stream, stream_version version) {
  std::string key{stream_prefix(stream)};
  append_big(key, version.value);
  return key;
}

inline std::optional<stream_key_parts> parse_stream_key(std::string_view key) {
  stream_key_parts parts;
  auto id_size = parts.stream.bytes.size();
  if (key.size() != id_size + 8)
    return std::nullopt;
  for (std::size_t i = 0; i < id_size; ++i)
    parts.stream.bytes[i] = static_cast<std::uint8_t>(key[i]);
  parts.version = {read_big<std::uint64_t>(key.substr(id_size))};
  return parts;
}

/// `spans`: sealed records by the size of the stretch of positions in which
/// they lie. `size_class` is the least L with last - first + 1 <= 2^L.
struct span_key_parts {
  std::uint8_t size_class = 0;
  log_position first;
};

inline std::uint8_t span_class(log_position first, log_position last) {
  return static_cast<std::uint8_t>(std::bit_width(last.value - first.value));
}

inline std::string span_key(std::uint8_t size_class, log_position first) {
  std::string key(1, static_cast<char>(size_class));
  append_big(key, first.value);
  return key;
}

inline std::optional<span_key_parts> parse_span_key(std::string_view key) {
  if (key.size() != 9 || static_cast<std::uint8_t>(key[0]) > 64)
    return std::nullopt;
  return span_key_parts{
      static_cast<std::uint8_t>(key[0]),
      {read_big<std::uint64_t>(key.substr(1))}};
}

} // namespace hansard::detail
