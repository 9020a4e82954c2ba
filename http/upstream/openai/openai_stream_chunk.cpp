#include "http/upstream/openai/finish_reason.hpp"
#include "http/upstream/openai/openai_stream.hpp"
#include "http/upstream/upstream_errors.hpp"
#include "http/upstream/upstream_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <initializer_list>

/// What one chunk says: its choices, their deltas, usage.
namespace hansard {

namespace json = boost::json;

namespace {

constexpr std::size_t max_finish_reason_bytes = 128;

/// A count that is there: a number, whole though written as 12.0, or digits in
/// a string. nullopt: absent, null, or no count. A negative one is 0.
std::optional<std::uint64_t>
count_of(const json::object& object, std::string_view name) {
  const auto* member = find_member(object, name);
  if (!member)
    return std::nullopt;
  if (const auto* text = member->if_string()) {
    std::uint64_t count = 0;
    const auto* last = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), last, count);
    if (text->empty() || parsed.ptr != last || parsed.ec != std::errc())
      return std::nullopt;
    return count;
  }
  if (!member->is_number())
    return std::nullopt;
  json::error_code ec;
  const auto count = member->to_number<std::int64_t>(ec);
  if (ec)
    return std::nullopt;
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

/// Sets `out` to the first of the members that is a count.
void take_count(
    std::uint64_t& out, const json::object& object,
    std::initializer_list<std::string_view> names) {
  for (auto name : names)
    if (const auto count = count_of(object, name)) {
      out = *count;
      return;
    }
}

std::optional<std::size_t> index_of(const json::object& call) {
  const auto* index = find_member(call, "index");
  if (!index || !index->is_number())
    return std::nullopt;
  json::error_code ec;
  const auto number = index->to_number<std::int64_t>(ec);
  if (ec || number < 0)
    return std::nullopt;
  return static_cast<std::size_t>(number);
}

} // namespace

void openai_stream::read_chunk(const json::object& root) {
  if (auto said = read_stream_error(root)) {
    fail(failure_of_provider_error(*said));
    return;
  }
  if (const auto* usage = find_object(root, "usage"))
    read_usage(*usage);
  const auto* choices = find_array(root, "choices");
  if (!choices)
    return;
  for (const auto& item : *choices) {
    const auto* choice = item.if_object();
    if (choice && index_of(*choice).value_or(0) == 0)
      read_choice(*choice);
  }
}

void openai_stream::read_choice(const json::object& choice) {
  has_choice_ = true;
  if (const auto* delta = find_object(choice, "delta"))
    read_part(*delta, false);
  else if (const auto* message = find_object(choice, "message"))
    read_part(*message, true);
  else
    // Of servers that speak the older completions API behind the newer route.
    add_text(token_channel::answer, find_text(choice, "text"));
  // Some servers put usage beside the choice.
  if (const auto* usage = find_object(choice, "usage"))
    read_usage(*usage);
  read_finish_reason(find_text(choice, "finish_reason"));
}

void openai_stream::read_finish_reason(std::string_view reason) {
  if (reason.empty())
    return;
  const auto meaning = meaning_of_finish_reason(reason);
  // A filter that looks at the whole answer speaks last.
  if (has_finish_reason_ && meaning.ending != ending::content_filter)
    return;
  if (meaning.ending == ending::failed) {
    upstream_failure failure;
    failure.code = ec::upstream_failed;
    failure.message = "the model server gave up with finish reason \""
                      + clip_message(reason, max_finish_reason_bytes) + '"';
    failure.retryable = true;
    fail(std::move(failure));
    return;
  }
  has_finish_reason_ = true;
  knows_finish_reason_ = meaning.known;
  finish_.finish_reason = clip_message(reason, max_finish_reason_bytes);
  finish_.ending = meaning.ending;
}

void openai_stream::read_part(const json::object& part, bool whole) {
  // Servers in transition send the same text under both names: one counts.
  const auto reasoning = find_text(part, "reasoning_content");
  add_text(
      token_channel::reasoning,
      !reasoning.empty() ? reasoning : find_text(part, "reasoning"));
  if (const auto* content = find_member(part, "content"))
    read_content(*content, token_channel::answer);
  // A refusal is what the model says instead of an answer.
  add_text(token_channel::answer, find_text(part, "refusal"));
  if (const auto* calls = find_array(part, "tool_calls"))
    read_tool_calls(*calls, whole);
  if (const auto* function = find_object(part, "function_call"))
    if (auto* call = tool_call_at(0, {}))
      read_function(*call, *function);
}

/// A string, or blocks: {"type":"text","text"}, {"type":"thinking","thinking":
/// [blocks]}; also one block without the array, and a number.
void openai_stream::read_content(
    const json::value& content, token_channel channel) {
  if (const auto* text = content.if_string()) {
    add_text(channel, {text->data(), text->size()});
    return;
  }
  if (content.is_number())
    return add_text(channel, json::serialize(content));
  if (const auto* block = content.if_object())
    return read_block(*block, channel);
  if (const auto* blocks = content.if_array())
    for (const auto& item : *blocks)
      if (const auto* block = item.if_object())
        read_block(*block, channel);
}

void openai_stream::read_block(
    const json::object& block, token_channel channel) {
  add_text(channel, find_text(block, "text"));
  if (const auto* thinking = find_member(block, "thinking"))
    read_content(*thinking, token_channel::reasoning);
}

void openai_stream::read_tool_calls(const json::array& calls, bool whole) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto* call = calls[i].if_object();
    if (!call)
      continue;
    // In a whole message the place in the array is the index.
    read_tool_call(*call, whole ? i : index_of(*call));
  }
}

void openai_stream::read_tool_call(
    const json::object& delta, std::optional<std::size_t> index) {
  const auto id = find_text(delta, "id");
  auto* call = tool_call_at(index, id);
  if (!call)
    return;
  if (call->id.empty())
    grow(call->id, id);
  if (const auto* function = find_object(delta, "function"))
    read_function(*call, *function);
}

/// The call that a delta belongs to. Without an index: the last one, unless it
/// brings an id of its own. With one: a second id under the same index is
/// another call, as of servers that number all calls 0.
tool_call_generated* openai_stream::tool_call_at(
    std::optional<std::size_t> index, std::string_view id) {
  began_ = true;
  auto& calls = finish_.tool_calls;
  auto other_id = [&](const tool_call_generated& call) {
    return !id.empty() && !call.id.empty() && call.id != id;
  };
  // From the end: where an index has been used twice, the later call grows.
  auto found =
      std::find_if(calls.rbegin(), calls.rend(), [&](const auto& call) {
        if (index)
          return call.index == *index;
        return static_cast<std::size_t>(&call - calls.data())
               == last_tool_call_;
      });
  if (found != calls.rend() && !other_id(*found)) {
    last_tool_call_ = static_cast<std::size_t>(&*found - calls.data());
    return &*found;
  }
  if (calls.size() == max_tool_calls || index.value_or(0) > UINT32_MAX) {
    fail(ec::upstream_failed, "the model server sent too many tool calls");
    return nullptr;
  }
  last_tool_call_ = calls.size();
  auto& call = calls.emplace_back();
  call.index = static_cast<std::uint32_t>(index.value_or(last_tool_call_));
  return &call;
}

void openai_stream::read_function(
    tool_call_generated& call, const json::object& function) {
  // The name comes once or in pieces; servers that repeat it must not double
  // it.
  if (const auto name = find_text(function, "name"); name != call.function)
    grow(call.function, name);
  const auto* arguments = find_member(function, "arguments");
  if (!arguments)
    return;
  if (const auto* text = arguments->if_string())
    grow(call.arguments, {text->data(), text->size()});
  else
    grow(call.arguments, json::serialize(*arguments));
}

/// What a later report leaves out keeps its number.
void openai_stream::read_usage(const json::object& usage) {
  auto& counts = finish_.usage;
  take_count(counts.prompt, usage, {"prompt_tokens", "input_tokens"});
  take_count(counts.completion, usage, {"completion_tokens", "output_tokens"});
  for (auto name : {"prompt_tokens_details", "input_tokens_details"})
    if (const auto* details = find_object(usage, name))
      take_count(counts.cached, *details, {"cached_tokens"});
  for (auto name : {"completion_tokens_details", "output_tokens_details"})
    if (const auto* details = find_object(usage, name))
      take_count(counts.reasoning, *details, {"reasoning_tokens"});
}

/// Numbers without the output that came are no report: a turn that they stood
/// for would cost nothing of its budget.
token_usage openai_stream::usage() const {
  auto counts = finish_.usage;
  const bool told = began_ ? counts.completion > 0
                           : counts.prompt > 0 || counts.completion > 0;
  if (!told)
    return {};
  counts.source = usage_source::reported;
  return counts;
}

} // namespace hansard
