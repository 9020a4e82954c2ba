#include "events/codec/upcast.hpp"

#include "events/codec/archive.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hansard {

namespace {

template <class Old>
Old read_old(std::string_view payload) {
  Old old;
  binary_reader reader{payload};
  reader(old);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  return old;
}

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
  auto old = read_old<generation_completed_v1>(payload);
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

/// agent_registered and agent_reconfigured. Schema 1: before agents said
/// whether the model sees answers that were cut. It saw them. Schema 2: before
/// there were provider credentials.
template <class Event>
event upcast_agent(std::uint16_t schema, std::string_view payload) {
  Event now;
  binary_reader reader{payload};
  if (schema == 1)
    now.agent.serialize_v1(reader);
  else
    now.agent.serialize_v2(reader);
  reader(now.by);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  return now;
}

/// turn_admitted, schema 1: before it said on which terms.
struct turn_admitted_v1 {
  turn_id turn;
  cause by;
  std::string basis;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, basis);
  }
};

/// turn_refused, schema 1: before it said which rule refused.
struct turn_refused_v1 {
  cause by;
  std::string agent;
  std::string code;
  std::string reason;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(by, agent, code, reason);
  }
};

/// grant_issued, schema 1: when only users had grants.
struct grant_issued_v1 {
  grant_id id;
  std::string user;
  std::string agent;
  std::vector<std::string> capabilities;
  std::int64_t expires_us = 0;
  cause by;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, user, agent, capabilities, expires_us, by);
  }
};

/// grant_revoked, schema 1: likewise.
struct grant_revoked_v1 {
  grant_id id;
  std::string user;
  cause by;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, user, by);
  }
};

event upcast_admitted(std::string_view payload) {
  auto old = read_old<turn_admitted_v1>(payload);
  return turn_admitted{old.turn, std::move(old.by), std::move(old.basis)};
}

event upcast_refused(std::string_view payload) {
  auto old = read_old<turn_refused_v1>(payload);
  return turn_refused{
      std::move(old.by), std::move(old.agent), std::move(old.code),
      std::move(old.reason)};
}

event upcast_issued(std::string_view payload) {
  auto old = read_old<grant_issued_v1>(payload);
  return grant_issued{
      old.id,
      std::move(old.user),
      std::move(old.agent),
      std::move(old.capabilities),
      old.expires_us,
      std::move(old.by)};
}

event upcast_revoked(std::string_view payload) {
  auto old = read_old<grant_revoked_v1>(payload);
  return grant_revoked{old.id, std::move(old.user), std::move(old.by)};
}

/// api_key_issued, schema 1: before keys had scopes. They opened everything.
event upcast_key(std::string_view payload) {
  api_key_issued now;
  binary_reader reader{payload};
  now.serialize_v1(reader);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  return now;
}

/// guardrail_set, schema 1: when rules were for agents alone.
event upcast_guardrail(std::string_view payload) {
  guardrail_set now;
  binary_reader reader{payload};
  now.rule.serialize_v1(reader);
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
  if (type == agent_registered::type && (schema == 1 || schema == 2))
    return upcast_agent<agent_registered>(schema, payload);
  if (type == agent_reconfigured::type && (schema == 1 || schema == 2))
    return upcast_agent<agent_reconfigured>(schema, payload);
  if (type == turn_admitted::type && schema == 1)
    return upcast_admitted(payload);
  if (type == turn_refused::type && schema == 1)
    return upcast_refused(payload);
  if (type == grant_issued::type && schema == 1)
    return upcast_issued(payload);
  if (type == grant_revoked::type && schema == 1)
    return upcast_revoked(payload);
  if (type == api_key_issued::type && schema == 1)
    return upcast_key(payload);
  if (type == guardrail_set::type && schema == 1)
    return upcast_guardrail(payload);
  return std::nullopt;
}

} // namespace hansard
