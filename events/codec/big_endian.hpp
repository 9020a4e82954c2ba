#pragma once

#include <boost/endian/conversion.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Integers of fixed width in network order, so that bytes sort as the numbers
/// do: for keys.
namespace hansard {

template <class T>
concept big_endian_integer =
    std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>;

/// Appends sizeof(T) bytes. T is told by the argument alone, never converted:
/// the width is a part of what is stored.
template <big_endian_integer T>
void append_big(std::string& out, T value) {
  boost::endian::native_to_big_inplace(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// @pre bytes.size() >= sizeof(T).
template <big_endian_integer T>
T read_big(std::string_view bytes) {
  return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(bytes.data()));
}

} // namespace hansard
