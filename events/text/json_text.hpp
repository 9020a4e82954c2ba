#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Appends `text` as a JSON string, quotes included (RFC 8259 §7): only what
/// must be escaped is. `text` is valid UTF-8 and goes out as it is.
void append_json_string(std::string& out, std::string_view text);

/// Bytes as lower-case hexadecimal digits.
std::string hex_text(std::string_view bytes);
template <std::size_t N>
std::string hex_text(const std::array<std::uint8_t, N>& bytes) {
  return hex_text({reinterpret_cast<const char*>(bytes.data()), N});
}

/// A JSON array of strings.
std::string texts_json(const std::vector<std::string>& texts);
std::string texts_json(const std::vector<std::string_view>& texts);

/// Writes one JSON object, member by member, into a string.
class json_object_writer {
public:
  explicit json_object_writer(std::string& out) : out_(&out) { *out_ += '{'; }

  json_object_writer& text(std::string_view name, std::string_view value);
  json_object_writer& number(std::string_view name, std::uint64_t value);
  json_object_writer& boolean(std::string_view name, bool value);
  /// `json` is a JSON value already.
  json_object_writer& raw(std::string_view name, std::string_view json);
  void close() { *out_ += '}'; }

private:
  void key(std::string_view name);
  std::string* out_;
  bool first_ = true;
};

} // namespace hansard
