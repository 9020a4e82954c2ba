#include "events/session/valid_prompt.hpp"

#include "events/text/json_text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace hansard {

namespace {

namespace json = boost::json;

constexpr std::string_view not_executed = "\"The call was not executed.\"";

std::optional<json::value> parse(std::string_view text) {
  json::error_code ec;
  auto value = json::parse({text.data(), text.size()}, ec);
  if (ec)
    return std::nullopt;
  return value;
}

bool is_blank(std::string_view content) {
  if (content.empty() || content == "null" || content == "\"\"")
    return true;
  if (!content.starts_with('[') && !content.starts_with('"'))
    return false;
  // A long text is none that is blank; short ones are looked at.
  constexpr std::size_t longest_blank = 256;
  if (content.size() > longest_blank)
    return false;
  auto value = parse(content);
  if (!value)
    return false;
  if (auto* blocks = value->if_array())
    return blocks->empty();
  auto* text = value->if_string();
  return text && text->find_first_not_of(" \t\r\n") == text->npos;
}

std::string text_of(const json::object& object, std::string_view name) {
  auto* member = object.if_contains({name.data(), name.size()});
  auto* text = member ? member->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

/// The calls of an assistant message that a model server takes; `ids` gets
/// theirs.
json::array
valid_calls(const json::array& calls, std::vector<std::string>& ids) {
  json::array out;
  for (const auto& one : calls) {
    auto* call = one.if_object();
    if (!call)
      continue;
    auto valid = *call;
    if (auto* member = valid.if_contains("function"))
      if (auto* function = member->if_object()) {
        auto arguments = text_of(*function, "arguments");
        if (arguments.find_first_not_of(" \t\r\n") == arguments.npos)
          (*function)["arguments"] = "{}";
        else if (!parse(arguments))
          continue;
      }
    ids.push_back(text_of(*call, "id"));
    out.push_back(std::move(valid));
  }
  return out;
}

/// Reads a conversation and writes a valid one.
class mender {
public:
  void take(message m) {
    switch (m.role) {
    case role::system:
      close_calls();
      out_.push_back(std::move(m));
      return;
    case role::user:
      close_calls();
      return join(std::move(m));
    case role::assistant:
      close_calls();
      return take_assistant(std::move(m));
    case role::tool:
      return take_tool(std::move(m));
    }
  }

  std::vector<message> finish() {
    close_calls();
    return std::move(out_);
  }

private:
  void take_assistant(message m) {
    if (!m.tool_calls.empty()) {
      auto calls = parse(m.tool_calls);
      auto* list = calls ? calls->if_array() : nullptr;
      std::vector<std::string> ids;
      auto valid = list ? valid_calls(*list, ids) : json::array();
      if (valid.empty())
        m.tool_calls.clear();
      else if (!list || valid != *list)
        m.tool_calls = json::serialize(valid);
      waiting_ = std::move(ids);
    }
    if (m.tool_calls.empty() && is_blank(m.content))
      return;
    join(std::move(m));
  }

  void take_tool(message m) {
    auto called = std::find(waiting_.begin(), waiting_.end(), m.tool_call_id);
    if (called != waiting_.end()) {
      waiting_.erase(called);
      out_.push_back(std::move(m));
      return;
    }
    close_calls();
    m.role = role::user;
    m.tool_call_id.clear();
    if (!is_blank(m.content))
      join(std::move(m));
  }

  /// The conversation goes on: what was not answered will not be.
  void close_calls() {
    for (auto& id : std::exchange(waiting_, {})) {
      message answer;
      answer.role = role::tool;
      answer.content = not_executed;
      answer.tool_call_id = std::move(id);
      out_.push_back(std::move(answer));
    }
  }

  void join(message m) {
    if (out_.empty() || !joinable(out_.back(), m)
        || !append(out_.back().content, m.content))
      out_.push_back(std::move(m));
  }

  static bool joinable(const message& a, const message& b) {
    return a.role == b.role && a.tool_calls.empty() && b.tool_calls.empty()
           && a.name == b.name;
  }

  /// Texts by a blank line, blocks one after another.
  static bool append(std::string& content, std::string_view more) {
    if (is_blank(more))
      return true;
    if (is_blank(content)) {
      content = more;
      return true;
    }
    auto first = parse(content);
    auto second = parse(more);
    if (!first || !second)
      return false;
    auto* a = first->if_string();
    auto* b = second->if_string();
    if (a && b) {
      content.clear();
      append_json_string(
          content, std::string(a->data(), a->size()) + "\n\n"
                       + std::string(b->data(), b->size()));
      return true;
    }
    auto blocks = as_blocks(*first);
    auto others = as_blocks(*second);
    if (!blocks || !others)
      return false;
    blocks->insert(blocks->end(), others->begin(), others->end());
    content = json::serialize(*blocks);
    return true;
  }

  static std::optional<json::array> as_blocks(const json::value& content) {
    if (auto* blocks = content.if_array())
      return *blocks;
    if (auto* text = content.if_string())
      return json::array{json::object{{"type", "text"}, {"text", *text}}};
    return std::nullopt;
  }

  std::vector<message> out_;
  /// Ids of calls that no tool's message has answered yet.
  std::vector<std::string> waiting_;
};

} // namespace

std::vector<message> valid_prompt(std::vector<message> conversation) {
  mender out;
  for (auto& m : conversation)
    out.take(std::move(m));
  return out.finish();
}

} // namespace hansard
