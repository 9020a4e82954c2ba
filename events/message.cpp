#include "events/message.hpp"

#include "events/text/json_text.hpp"
#include "events/text/utf8.hpp"

#include <boost/json.hpp>
#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace hansard {

namespace {

namespace json = boost::json;

/// Deeper than any request that http lets in, so that what was recorded can
/// always be read.
constexpr std::size_t max_depth = 128;

/// nullopt: `text` is not JSON, or nested too deep.
std::optional<json::value> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::error_code ec;
  auto value = json::parse(
      json::string_view(text.data(), text.size()), ec, json::storage_ptr{},
      options);
  if (ec)
    return std::nullopt;
  return value;
}

/// The text of a content block of type "text"; nullptr: it is not one.
const json::string* text_of_block(const json::value& block) {
  auto* object = block.if_object();
  if (!object)
    return nullptr;
  auto* type = object->if_contains("type");
  auto* text = object->if_contains("text");
  if (!type || !text || !type->is_string() || type->get_string() != "text")
    return nullptr;
  return text->if_string();
}

/// JSON with members in the order of their names: equal values, equal texts.
void append_canonical(std::string& out, const json::value& value) {
  if (auto* object = value.if_object()) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object->size());
    for (const auto& member : *object)
      members.push_back(&member);
    std::sort(members.begin(), members.end(), [](auto* a, auto* b) {
      return a->key() < b->key();
    });
    out += '{';
    for (auto* member : members) {
      append_json_string(out, {member->key().data(), member->key().size()});
      out += ':';
      append_canonical(out, member->value());
      out += ',';
    }
    out += '}';
  } else if (auto* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      append_canonical(out, element);
      out += ',';
    }
    out += ']';
  } else if (auto* text = value.if_string()) {
    append_json_string(out, {text->data(), text->size()});
  } else {
    out += json::serialize(value);
  }
}

/// The string that `content` is, or that its only text block holds; nullptr:
/// it is something else.
const json::string* single_text(const json::value& content) {
  auto* blocks = content.if_array();
  if (blocks && blocks->size() == 1)
    return text_of_block(blocks->front());
  return content.if_string();
}

/// What can't be read stands for itself, so that it is taken for a repetition
/// of nothing else.
void append_unread(std::string& out, std::string_view text) {
  out += '!';
  out += text;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
         || c == '\v';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

void append_canonical_content(std::string& out, std::string_view json_text) {
  // Clients write the content of a mere tool call as null, as "" or not at all.
  if (json_text.empty())
    return;
  auto content = parse(json_text);
  if (!content)
    return append_unread(out, json_text);
  auto* text = single_text(*content);
  if (content->is_null())
    return;
  if (text) {
    // Clients trim what they keep.
    auto said = trimmed({text->data(), text->size()});
    if (!said.empty())
      append_json_string(out, said);
    return;
  }
  append_canonical(out, *content);
}

void append_canonical_calls(std::string& out, std::string_view json_text) {
  // Clients write that there are none as null, as [] or not at all.
  if (json_text.empty())
    return;
  auto calls = parse(json_text);
  if (!calls)
    return append_unread(out, json_text);
  auto* array = calls->if_array();
  bool none = calls->is_null() || (array && array->empty());
  if (!none)
    append_canonical(out, *calls);
}

} // namespace

std::string_view to_string(role value) {
  switch (value) {
  case role::system:
    return "system";
  case role::user:
    return "user";
  case role::assistant:
    return "assistant";
  case role::tool:
    return "tool";
  }
  return "user";
}

std::optional<role> role_from(std::string_view name) {
  for (auto value : {role::system, role::user, role::assistant, role::tool})
    if (name == to_string(value))
      return value;
  return std::nullopt;
}

std::string_view to_string(origin value) {
  switch (value) {
  case origin::client:
    return "client";
  case origin::claimed:
    return "claimed";
  case origin::generated:
    return "generated";
  }
  return "client";
}

std::string plain_text(std::string_view content_json) {
  auto content = parse(content_json);
  if (!content)
    return {};
  if (auto* text = content->if_string())
    return {text->data(), text->size()};
  std::string joined;
  if (auto* blocks = content->if_array())
    for (const auto& block : *blocks)
      if (auto* text = text_of_block(block))
        joined.append(text->data(), text->size());
  return joined;
}

std::uint64_t match_digest(const message& m) {
  std::string canonical;
  canonical += to_string(m.role);
  canonical += '\n';
  append_canonical_content(canonical, m.content);
  canonical += '\n';
  append_canonical_calls(canonical, m.tool_calls);
  canonical += '\n';
  canonical += m.tool_call_id;
  return XXH3_64bits(canonical.data(), canonical.size());
}

std::string title_from(std::string_view content_json) {
  constexpr std::size_t max_title = 80;
  auto text = plain_text(content_json);
  std::string title;
  std::size_t length = 0;
  std::size_t last_word_end = 0;
  for (auto c : text) {
    if (c == '\n' && !title.empty())
      break;
    if (static_cast<unsigned char>(c) < 0x20 || is_space(c) || c == 0x7f) {
      if (!title.empty() && title.back() != ' ') {
        last_word_end = title.size();
        title += ' ';
        ++length;
      }
      continue;
    }
    if (!continues_character(c) && length++ >= max_title) {
      // A cut in the middle of a word goes back to the word's start, unless
      // that would leave next to nothing.
      if (last_word_end > 20)
        title.resize(last_word_end);
      return title + "…";
    }
    title += c;
  }
  while (!title.empty() && title.back() == ' ')
    title.pop_back();
  return title.empty() ? "New chat" : title;
}

} // namespace hansard
