#pragma once

#include "events/codec/varint.hpp"

#include <cereal/cereal.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// cereal archives for event payloads: unsigned integers as LEB128 varints,
/// signed ones zig-zag, strings and vectors behind a varint count. Cereal's own
/// binary archives resize to whatever length the bytes claim; this reader takes
/// nothing that the bytes do not hold.
namespace hansard {

/// Thrown by binary_reader. Whoever reads with it catches it in the same
/// function or file: codec.cpp here, row.hpp in projections.
struct malformed_payload : std::exception {
  const char* what() const noexcept override { return "malformed payload"; }
};

template <class T>
concept varint_type = std::integral<T> &&(sizeof(T) > 1);
template <class T>
concept byte_type = std::integral<T> &&(sizeof(T) == 1);

class binary_writer : public cereal::OutputArchive<
                          binary_writer, cereal::AllowEmptyClassElision> {
public:
  explicit binary_writer(std::string& out)
      : cereal::OutputArchive<binary_writer, cereal::AllowEmptyClassElision>(
          this),
        out_(&out) {}

  void put_byte(std::uint8_t byte) { out_->push_back(static_cast<char>(byte)); }
  void put_varint(std::uint64_t value) { hansard::put_varint(*out_, value); }
  void put_bytes(std::string_view bytes) { out_->append(bytes); }

private:
  std::string* out_;
};

class binary_reader : public cereal::InputArchive<
                          binary_reader, cereal::AllowEmptyClassElision> {
public:
  explicit binary_reader(std::string_view bytes)
      : cereal::InputArchive<binary_reader, cereal::AllowEmptyClassElision>(
          this),
        rest_(bytes) {}

  std::uint8_t take_byte() {
    if (rest_.empty())
      throw malformed_payload{};
    auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::uint64_t take_varint() {
    std::uint64_t value = 0;
    if (hansard::take_varint(rest_, value) == varint_form::malformed)
      throw malformed_payload{};
    return value;
  }
  std::string_view take_bytes(std::uint64_t count) {
    if (count > rest_.size())
      throw malformed_payload{};
    auto bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::size_t remaining() const { return rest_.size(); }

private:
  std::string_view rest_;
};

template <byte_type T>
void CEREAL_SAVE_FUNCTION_NAME(binary_writer& archive, const T& value) {
  archive.put_byte(static_cast<std::uint8_t>(value));
}
template <byte_type T>
void CEREAL_LOAD_FUNCTION_NAME(binary_reader& archive, T& value) {
  auto byte = archive.take_byte();
  if (std::is_same_v<T, bool> && byte > 1)
    throw malformed_payload{};
  value = static_cast<T>(byte);
}

template <varint_type T>
void CEREAL_SAVE_FUNCTION_NAME(binary_writer& archive, const T& value) {
  if constexpr (std::is_signed_v<T>) {
    archive.put_varint(zigzag(value));
  } else {
    archive.put_varint(value);
  }
}
template <varint_type T>
void CEREAL_LOAD_FUNCTION_NAME(binary_reader& archive, T& value) {
  auto raw = archive.take_varint();
  if constexpr (std::is_signed_v<T>) {
    auto wide = unzigzag(raw);
    if (wide < std::numeric_limits<T>::min()
        || wide > std::numeric_limits<T>::max())
      throw malformed_payload{};
    value = static_cast<T>(wide);
  } else {
    if (raw > std::numeric_limits<T>::max())
      throw malformed_payload{};
    value = static_cast<T>(raw);
  }
}

inline void
CEREAL_SAVE_FUNCTION_NAME(binary_writer& archive, const std::string& value) {
  archive.put_varint(value.size());
  archive.put_bytes(value);
}
inline void
CEREAL_LOAD_FUNCTION_NAME(binary_reader& archive, std::string& value) {
  value = archive.take_bytes(archive.take_varint());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(
    binary_writer& archive, const std::vector<T>& values) {
  archive.put_varint(values.size());
  for (const auto& value : values)
    archive(value);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(binary_reader& archive, std::vector<T>& values) {
  auto count = archive.take_varint();
  // An element takes a byte at least; the vector grows as elements are read,
  // never from the count alone.
  if (count > archive.remaining())
    throw malformed_payload{};
  values.clear();
  for (std::uint64_t i = 0; i < count; ++i)
    archive(values.emplace_back());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(
    binary_writer& archive, const std::optional<T>& value) {
  archive.put_byte(value ? 1 : 0);
  if (value)
    archive(*value);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(
    binary_reader& archive, std::optional<T>& value) {
  value.reset();
  auto present = archive.take_byte();
  if (present > 1)
    throw malformed_payload{};
  if (present == 1)
    archive(value.emplace());
}

template <class A, class B>
void CEREAL_SAVE_FUNCTION_NAME(
    binary_writer& archive, const std::pair<A, B>& value) {
  archive(value.first, value.second);
}
template <class A, class B>
void CEREAL_LOAD_FUNCTION_NAME(binary_reader& archive, std::pair<A, B>& value) {
  archive(value.first, value.second);
}

template <std::size_t N>
void CEREAL_SAVE_FUNCTION_NAME(
    binary_writer& archive, const std::array<std::uint8_t, N>& bytes) {
  archive.put_bytes({reinterpret_cast<const char*>(bytes.data()), N});
}
template <std::size_t N>
void CEREAL_LOAD_FUNCTION_NAME(
    binary_reader& archive, std::array<std::uint8_t, N>& bytes) {
  auto raw = archive.take_bytes(N);
  std::copy(raw.begin(), raw.end(), bytes.begin());
}

} // namespace hansard

CEREAL_REGISTER_ARCHIVE(hansard::binary_writer)
CEREAL_REGISTER_ARCHIVE(hansard::binary_reader)
CEREAL_SETUP_ARCHIVE_TRAITS(hansard::binary_reader, hansard::binary_writer)
