#include "events/message.hpp"
#include "events/text/json_text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/json.hpp>

using namespace hansard;

namespace {

namespace json = boost::json;

bool is_utf8(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  json::error_code failed;
  json::parse(quoted, failed);
  return !failed;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (auto c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

/// A serializer may write a number that is not whole in other digits.
bool has_double(const json::value& value) {
  if (auto* object = value.if_object()) {
    for (const auto& member : *object)
      if (has_double(member.value()))
        return true;
  } else if (auto* array = value.if_array()) {
    for (const auto& element : *array)
      if (has_double(element))
        return true;
  }
  return value.is_double();
}

void check_title(std::string_view content) {
  auto title = title_from(content);
  fuzz::require(!title.empty(), "there is always a title");
  fuzz::require(is_utf8(title), "a title is UTF-8");
  fuzz::require(code_points(title) <= 81, "a title is short");
  for (auto c : title)
    fuzz::require(
        static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
        "a title holds no control character");
}

} // namespace

/// Input: the JSON of a message's content. A client that repeats it through a
/// parser and a serializer is understood; texts and titles are fit to show.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  message m;
  m.content = fuzz::input{data, size}.rest();
  fuzz::require(is_utf8(plain_text(m.content)), "a text is UTF-8");
  check_title(m.content);
  auto digest = match_digest(m);

  json::error_code failed;
  auto value = json::parse(m.content, failed);
  if (failed || has_double(value))
    return 0;
  auto again = m;
  again.content = json::serialize(value);
  fuzz::require(
      match_digest(again) == digest, "a repeated message is known again");
  if (auto* text = value.if_string()) {
    again.content = R"([{"type": "text", "text": )" + again.content + "}]";
    fuzz::require(
        match_digest(again) == digest, "a text block equals its string");
    fuzz::require(
        plain_text(again.content) == std::string_view(*text),
        "and has its text");
  }
  return 0;
}
