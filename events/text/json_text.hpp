#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

/// Appends `text` as a JSON string, quotes included (RFC 8259 §7): only what
/// must be escaped is. `text` is valid UTF-8 and goes out as it is.
void append_json_string(std::string& out, std::string_view text);

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

/// Writes one JSON array, element by element, into a string.
class json_array_writer {
public:
  explicit json_array_writer(std::string& out) : out_(&out) { *out_ += '['; }

  /// Where the JSON of one more element is to be appended at once.
  std::string& next() {
    if (!first_)
      *out_ += ',';
    first_ = false;
    return *out_;
  }
  void text(std::string_view value) { append_json_string(next(), value); }
  void close() { *out_ += ']'; }

private:
  std::string* out_;
  bool first_ = true;
};

/// A JSON array of what `write(out, element)` appends for each of a range.
template <class Range, class Write>
std::string json_array(const Range& range, Write&& write) {
  std::string out;
  json_array_writer array{out};
  for (const auto& element : range)
    write(array.next(), element);
  array.close();
  return out;
}

/// A JSON array of strings.
template <class Texts>
std::string texts_json(const Texts& texts) {
  return json_array(texts, append_json_string);
}

} // namespace hansard
