#include "http/routes/chat/chat_request.hpp"

#include "http/text/limits.hpp"
#include "http/text/request_json.hpp"
#include "http/text/text.hpp"

#include <charconv>
#include <utility>

namespace hansard {

namespace {

using kind = json_view::kind;

error wrong(std::string member, std::string_view what) {
  member += ": ";
  member += what;
  return make_error(ec::invalid_request, std::move(member));
}

/// The text members of a message and of the body.
result<void>
read_string(const std::string& path, json_view value, std::string& out) {
  if (!value.is(kind::string))
    return wrong(path, "must be a string.");
  out = value.string();
  return {};
}

/// Reads one message; remembers the first thing that is wrong with it.
class message_reader {
public:
  explicit message_reader(std::string path) : path_(std::move(path)) {}

  result<message> read(json_view value) {
    if (!value.is(kind::object))
      return wrong(path_, "must be an object.");
    result<void> outcome;
    value.each_member([&](std::string_view name, json_view member) {
      outcome = take(name, member);
      return outcome.has_value();
    });
    if (outcome)
      outcome = check_whole();
    if (!outcome)
      return outcome.error();
    if (!out_.extra.empty())
      out_.extra += '}';
    return std::move(out_);
  }

private:
  std::string at(std::string_view member) const {
    return path_ + '.' + std::string(member);
  }

  result<void> take(std::string_view raw_name, json_view value) {
    auto name = json_view::unescape(raw_name);
    if (name == "role")
      return take_role(value);
    if (name == "content")
      return take_content(value);
    if (name == "name" || name == "tool_call_id") {
      if (value.is(kind::null))
        return {};
      return read_string(
          at(name), value, name == "name" ? out_.name : out_.tool_call_id);
    }
    if (name == "tool_calls")
      return take_tool_calls(value);
    out_.extra += out_.extra.empty() ? '{' : ',';
    out_.extra += raw_name;
    out_.extra += ':';
    out_.extra += value.text();
    return {};
  }

  result<void> take_role(json_view value) {
    if (!value.is(kind::string))
      return wrong(at("role"), "must be a string.");
    auto known = role_from(value.string());
    if (!known)
      return wrong(
          at("role"), "must be one of system, user, assistant and tool.");
    out_.role = *known;
    has_role_ = true;
    return {};
  }

  result<void> take_content(json_view value) {
    out_.content = value.text();
    switch (value.type()) {
    case kind::string:
    case kind::null:
      return {};
    case kind::array:
      return check_blocks(value);
    default:
      return wrong(
          at("content"), "must be a string or an array of content blocks.");
    }
  }

  result<void> check_blocks(json_view blocks) {
    std::size_t index = 0;
    result<void> outcome;
    blocks.each_element([&](json_view block) {
      auto here = at("content") + '[' + std::to_string(index++) + ']';
      if (!block.is(kind::object)) {
        outcome = wrong(here, "must be an object, a content block.");
        return false;
      }
      bool typed = false;
      block.each_member([&](std::string_view name, json_view member) {
        if (json_view::unescape(name) != "type")
          return true;
        typed = member.is(kind::string);
        return false;
      });
      if (!typed)
        outcome = wrong(here + ".type", "must be a string.");
      return typed;
    });
    return outcome;
  }

  result<void> take_tool_calls(json_view value) {
    if (value.is(kind::null))
      return {};
    if (!value.is(kind::array))
      return wrong(at("tool_calls"), "must be an array.");
    std::size_t count = 0;
    result<void> outcome;
    value.each_element([&](json_view call) {
      if (!call.is(kind::object))
        outcome = wrong(
            at("tool_calls") + '[' + std::to_string(count) + ']',
            "must be an object.");
      ++count;
      return outcome.has_value();
    });
    has_tool_calls_ = count > 0;
    out_.tool_calls = value.text();
    return outcome;
  }

  result<void> check_whole() {
    if (!has_role_)
      return wrong(at("role"), "is missing.");
    bool calls_tools = out_.role == role::assistant && has_tool_calls_;
    if (has_tool_calls_ && !calls_tools)
      return wrong(at("tool_calls"), "belong to assistant messages only.");
    if (!has_tool_calls_ && out_.role != role::assistant)
      out_.tool_calls.clear();
    if (out_.content.empty() && calls_tools)
      out_.content = "null";
    if (out_.content.empty())
      return wrong(at("content"), "is missing.");
    if (out_.content == "null" && !calls_tools)
      return wrong(
          at("content"),
          "can be null only in an assistant message with tool_calls.");
    return {};
  }

  std::string path_;
  message out_;
  bool has_role_ = false;
  bool has_tool_calls_ = false;
};

result<std::vector<message>> read_messages(json_view value) {
  if (!value.is(kind::array))
    return wrong("messages", "must be an array.");
  std::vector<message> out;
  result<void> outcome;
  value.each_element([&](json_view element) {
    if (out.size() >= max_request_messages) {
      outcome = wrong(
          "messages", "has more than " + std::to_string(max_request_messages)
                          + " messages.");
      return false;
    }
    message_reader reader{"messages[" + std::to_string(out.size()) + ']'};
    auto one = reader.read(element);
    if (!one) {
      outcome = one.error();
      return false;
    }
    out.push_back(std::move(*one));
    return true;
  });
  if (!outcome)
    return outcome.error();
  return out;
}

result<void> take_busy(chat_request& out, json_view value) {
  std::string text;
  if (auto read = read_string("onBusy", value, text); !read)
    return read;
  if (text == "queue")
    out.on_busy = busy_policy::queue;
  else if (text == "interrupt")
    out.on_busy = busy_policy::interrupt;
  else if (text != "refuse")
    return wrong("onBusy", "must be refuse, queue or interrupt, or absent.");
  return {};
}

result<void> take_replace_from(chat_request& out, json_view value) {
  if (value.is(kind::string)) {
    auto turn = turn_id::parse(value.string());
    if (!turn)
      return wrong(
          "replaceFrom", "must be a turn's id, like turn_01HZ…, or the index "
                         "of a message.");
    out.replace_from = *turn;
    return {};
  }
  auto text = value.text();
  std::uint32_t index = 0;
  auto end = text.data() + text.size();
  auto [stop, failed] = std::from_chars(text.data(), end, index);
  if (!value.is(kind::number) || failed != std::errc{} || stop != end)
    return wrong(
        "replaceFrom", "must be the index of a message, a whole number, or a "
                       "turn's id.");
  out.replace_from = index;
  return {};
}

/// What the members have to be, together.
result<void> check_whole(const chat_request& request) {
  if (request.agent.empty())
    return wrong("agentDid", "is missing.");
  if (!request.replace_from) {
    if (request.messages.empty())
      return wrong("messages", "must be there, with at least one message.");
    return {};
  }
  if (!request.session)
    return wrong("replaceFrom", "needs the sessionId whose history it means.");
  if (request.history == history_hint::full)
    return wrong(
        "replaceFrom", "goes with new messages only: leave history out.");
  return {};
}

result<void>
take_member(chat_request& out, std::string_view name, json_view value) {
  if (name == "messages") {
    auto messages = read_messages(value);
    if (!messages)
      return messages.error();
    out.messages = std::move(*messages);
    return {};
  }
  if (value.is(kind::null) && name != "agentDid")
    return {};
  if (name == "onBusy")
    return take_busy(out, value);
  if (name == "replaceFrom")
    return take_replace_from(out, value);
  if (name == "agentDid") {
    if (auto read = read_string("agentDid", value, out.agent); !read)
      return read;
    if (!is_printable(out.agent, max_did_characters))
      return wrong("agentDid", "must be 1 to 256 printable characters.");
  } else if (name == "sessionId") {
    std::string text;
    if (auto read = read_string("sessionId", value, text); !read)
      return read;
    out.session = session_id::parse(text);
    if (!out.session)
      return wrong(
          "sessionId", "must be an id that this server gave, like sess_01HZ….");
  } else if (name == "history") {
    std::string text;
    if (auto read = read_string("history", value, text); !read)
      return read;
    if (text != "delta" && text != "full")
      return wrong("history", "must be delta or full, or absent.");
    out.history = text == "delta" ? history_hint::delta : history_hint::full;
  }
  return {};
}

} // namespace

result<chat_request> parse_chat_request(std::string_view body) {
  if (auto checked = check_json(body); !checked)
    return checked.error();
  json_view top{body};
  if (!top.is(kind::object))
    return wrong("the body", "must be a JSON object.");
  chat_request out;
  result<void> outcome;
  top.each_member([&](std::string_view raw_name, json_view value) {
    outcome = take_member(out, json_view::unescape(raw_name), value);
    return outcome.has_value();
  });
  if (!outcome)
    return outcome.error();
  if (outcome = check_whole(out); !outcome)
    return outcome.error();
  return out;
}

} // namespace hansard
