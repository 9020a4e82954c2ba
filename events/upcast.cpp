#include "events/upcast.hpp"

#include "events/archive.hpp"

#include <string>

namespace hansard {

namespace {

/// generation_completed, schema 1: what Hansard wrote before an ending had a
/// name and usage had a source.
struct generation_completed_v1 {
  turn_id turn;
  std::string finish_reason;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, finish_reason, prompt_tokens, completion_tokens);
  }
};

ending ending_of(std::string_view finish_reason) {
  if (finish_reason == "length")
    return ending::length;
  if (finish_reason == "tool_calls" || finish_reason == "function_call")
    return ending::tool_calls;
  if (finish_reason == "content_filter")
    return ending::content_filter;
  return ending::complete;
}

event upcast_completed(std::string_view payload) {
  generation_completed_v1 old;
  binary_reader reader{payload};
  reader(old);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  generation_completed now;
  now.turn = old.turn;
  now.ending = ending_of(old.finish_reason);
  now.finish_reason = std::move(old.finish_reason);
  // Schema 1 wrote zeros where the provider gave no numbers.
  if (old.prompt_tokens > 0 || old.completion_tokens > 0) {
    now.usage.source = usage_source::reported;
    now.usage.prompt = old.prompt_tokens;
    now.usage.completion = old.completion_tokens;
  }
  return now;
}

/// agent_registered and agent_reconfigured, schema 1: before agents said
/// whether the model sees answers that were cut. It saw them.
template <class Event>
event upcast_agent(std::string_view payload) {
  Event now;
  binary_reader reader{payload};
  now.agent.serialize_v1(reader);
  reader(now.by);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  return now;
}

} // namespace

std::optional<event>
upcast(std::uint16_t type, std::uint16_t schema, std::string_view payload) {
  if (type == generation_completed::type && schema == 1)
    return upcast_completed(payload);
  if (type == agent_registered::type && schema == 1)
    return upcast_agent<agent_registered>(payload);
  if (type == agent_reconfigured::type && schema == 1)
    return upcast_agent<agent_reconfigured>(payload);
  return std::nullopt;
}

} // namespace hansard
