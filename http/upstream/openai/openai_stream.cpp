#include "http/upstream/openai/openai_stream.hpp"

#include "events/text/utf8.hpp"
#include "http/upstream/upstream_errors.hpp"
#include "http/upstream/upstream_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace hansard {

namespace json = boost::json;

void openai_stream::feed(std::string_view bytes, timestamp at, token_run& out) {
  if (ended_)
    return;
  out_ = &out;
  at_ = at;
  if (form_ == form::unknown)
    recognise(bytes);
  if (form_ == form::document) {
    if (document_.size() + bytes.size() > max_document_bytes)
      fail(ec::upstream_failed, "the model server's answer is too large");
    else
      document_.append(bytes);
  } else if (!events_.feed(bytes, *this)) {
    fail(
        ec::upstream_failed,
        "the model server sent a line without an end: is base_url right?");
  }
  out_ = nullptr;
}

void openai_stream::end(bool whole, timestamp at, token_run& out) {
  if (ended_)
    return;
  out_ = &out;
  at_ = at;
  if (form_ == form::document && whole)
    read_document();
  else
    events_.finish(*this, whole);
  if (!ended_) {
    flush_text();
    if (!has_finish_reason_)
      fail(
          ec::upstream_truncated,
          "the model server's stream ended without a finish reason");
    ended_ = true;
  }
  out_ = nullptr;
}

/// Goes by the first byte and not by Content-Type, which servers and proxies
/// get wrong in both directions.
void openai_stream::recognise(std::string_view bytes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  auto text = bytes;
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return;
  form_ =
      text[first] == '{' || text[first] == '[' ? form::document : form::events;
  is_markup_ = text[first] == '<';
}

/// Of an event that can't be read, only what a client would take for part of
/// the answer is a failure.
void openai_stream::on_event(std::string_view type, std::string_view data) {
  const auto first = data.find_first_not_of(" \t\r\n");
  if (ended_ || first == std::string_view::npos)
    return;
  data.remove_prefix(first);
  if (data.starts_with("[DONE]"))
    return read_done();
  if (const auto* value = parse_upstream_json(data))
    return read_event(type, *value);
  const bool is_message = type.empty() || type == "message" || type == "error";
  if (!is_message || has_finish_reason_ || read_lines(type, data))
    return;
  fail(ec::upstream_failed, "the model server sent an event that is not JSON");
}

void openai_stream::read_event(
    std::string_view type, const json::value& value) {
  const auto* root = value.if_object();
  if (!root)
    return;
  if (type == "error") {
    const auto said = read_provider_error(*root);
    fail(failure_of_provider_error(said.value_or(provider_error())));
    return;
  }
  read_chunk(*root);
}

/// Of servers that part events by one line break, each data line is an event.
/// @returns false: nothing was read, because a line is no event.
bool openai_stream::read_lines(std::string_view type, std::string_view data) {
  if (data.find('\n') == std::string_view::npos)
    return false;
  const auto each = [&](auto take) {
    for (auto rest = data; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.empty() && !take(line))
        return false;
    }
    return true;
  };
  const bool readable = each([](std::string_view line) {
    return line.starts_with("[DONE]") || parse_upstream_json(line);
  });
  return readable && each([&](std::string_view line) {
           on_event(type, line);
           return true;
         });
}

void openai_stream::read_done() {
  flush_text();
  if (!has_choice_)
    fail(
        ec::upstream_truncated,
        "the model server's stream ended without an answer");
  ended_ = true;
}

void openai_stream::read_document() {
  auto text = std::string_view(document_);
  text.remove_prefix(std::min(text.find_first_of("{["), text.size()));
  const auto* value = parse_upstream_json(text);
  // Google wraps an error in an array.
  if (const auto* list = value ? value->if_array() : nullptr;
      list && !list->empty())
    value = &list->front();
  const auto* root = value ? value->if_object() : nullptr;
  if (!root) {
    fail(ec::upstream_failed, "the model server answered with broken JSON");
    return;
  }
  if (auto said = read_provider_error(*root);
      said && !find_array(*root, "choices")) {
    fail(failure_of_provider_error(*said));
    return;
  }
  read_chunk(*root);
  if (!failure_ && !has_choice_)
    fail(
        ec::upstream_failed,
        "the model server answered with JSON that is not a chat completion");
  // A whole document is a whole answer, also where the server names no reason.
  flush_text();
  ended_ = true;
  document_ = std::string();
}

void openai_stream::add_text(token_channel channel, std::string_view text) {
  if (text.empty())
    return;
  began_ = true;
  const auto from = out_->text.size();
  auto& joiner = channel == token_channel::answer ? answer_ : reasoning_;
  joiner.append(out_->text, text);
  mark_tokens(channel, from);
}

void openai_stream::mark_tokens(token_channel channel, std::size_t from) {
  while (from < out_->text.size()) {
    const auto rest = std::string_view(out_->text).substr(from);
    const auto length = utf8_cut(rest, max_token_bytes);
    out_->marks.push_back({at_, static_cast<std::uint32_t>(length), channel});
    from += length;
  }
}

void openai_stream::flush_text() {
  for (auto channel : {token_channel::reasoning, token_channel::answer}) {
    const auto from = out_->text.size();
    auto& joiner = channel == token_channel::answer ? answer_ : reasoning_;
    joiner.finish(out_->text);
    mark_tokens(channel, from);
  }
}

/// Adds to a part of a tool call, under their common limit.
void openai_stream::grow(std::string& text, std::string_view by) {
  if (tool_call_bytes_ + by.size() > max_tool_call_bytes) {
    fail(ec::upstream_failed, "the model server sent too large a tool call");
    return;
  }
  tool_call_bytes_ += by.size();
  text.append(by);
}

upstream_finish openai_stream::take_finish() {
  finish_.usage = usage();
  // Servers that end a call with "stop" mean the call all the same.
  if (!finish_.tool_calls.empty() && finish_.ending == ending::complete)
    finish_.ending = ending::tool_calls;
  // The interleaved deltas of parallel calls may begin in any order.
  std::stable_sort(
      finish_.tool_calls.begin(), finish_.tool_calls.end(),
      [](const auto& a, const auto& b) { return a.index < b.index; });
  std::uint32_t index = 0;
  for (auto& call : finish_.tool_calls) {
    call.index = index++;
    call.id = to_valid_utf8(call.id);
    call.function = to_valid_utf8(call.function);
    call.arguments = to_valid_utf8(call.arguments);
  }
  return std::move(finish_);
}

void openai_stream::fail(upstream_failure failure) {
  if (ended_)
    return;
  flush_text();
  ended_ = true;
  failure.retryable = failure.retryable && !began_;
  failure.usage = usage();
  failure_ = std::move(failure);
}

void openai_stream::fail(ec code, std::string_view message) {
  upstream_failure failure;
  failure.code = code;
  failure.message = message;
  // Nothing was shown, and another attempt may fare better.
  failure.retryable = code == ec::upstream_truncated;
  fail(std::move(failure));
}

} // namespace hansard
