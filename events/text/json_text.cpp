#include "events/text/json_text.hpp"

#include <array>
#include <charconv>

namespace hansard {

namespace {

constexpr std::array<bool, 256> make_escaped() {
  std::array<bool, 256> escaped{};
  for (int c = 0; c < 0x20; ++c)
    escaped[static_cast<std::size_t>(c)] = true;
  escaped['"'] = true;
  escaped['\\'] = true;
  return escaped;
}

constexpr auto must_escape = make_escaped();

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
  case '"':
    out += "\\\"";
    return;
  case '\\':
    out += "\\\\";
    return;
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  default:
    out += "\\u00";
    out += digits[c >> 4];
    out += digits[c & 15];
  }
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (!must_escape[c])
      continue;
    out.append(text, copied, i - copied);
    append_escape(out, c);
    copied = i + 1;
  }
  out.append(text, copied, text.size() - copied);
  out += '"';
}

void json_object_writer::key(std::string_view name) {
  if (!first_)
    *out_ += ',';
  first_ = false;
  append_json_string(*out_, name);
  *out_ += ':';
}

namespace {

template <class Texts>
std::string array_of(const Texts& texts) {
  std::string out = "[";
  for (const auto& text : texts) {
    if (out.size() > 1)
      out += ',';
    append_json_string(out, text);
  }
  return out + ']';
}

} // namespace

std::string texts_json(const std::vector<std::string>& texts) {
  return array_of(texts);
}

std::string texts_json(const std::vector<std::string_view>& texts) {
  return array_of(texts);
}

std::string hex_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

json_object_writer&
json_object_writer::text(std::string_view name, std::string_view value) {
  key(name);
  append_json_string(*out_, value);
  return *this;
}

json_object_writer&
json_object_writer::number(std::string_view name, std::uint64_t value) {
  key(name);
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out_->append(digits, end);
  return *this;
}

json_object_writer&
json_object_writer::boolean(std::string_view name, bool value) {
  key(name);
  *out_ += value ? "true" : "false";
  return *this;
}

json_object_writer&
json_object_writer::raw(std::string_view name, std::string_view json) {
  key(name);
  *out_ += json;
  return *this;
}

} // namespace hansard
