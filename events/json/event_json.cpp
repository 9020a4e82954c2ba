#include "events/codec/codec.hpp"
#include "events/json/policy_json.hpp"
#include "events/text/hex.hpp"
#include "events/text/json_text.hpp"

#include <array>
#include <string>

namespace hansard {

namespace {

/// JSON without line ends: outside of its strings, which can hold none, they
/// are mere space. Everything else stays as it is.
std::string one_line(std::string json) {
  for (auto& c : json)
    if (c == '\n' || c == '\r')
      c = ' ';
  return json;
}

std::string json_of(const token_usage& usage) {
  std::string out;
  json_object_writer object{out};
  object.text("source", to_string(usage.source))
      .number("promptTokens", usage.prompt)
      .number("completionTokens", usage.completion)
      .number("cachedTokens", usage.cached)
      .number("reasoningTokens", usage.reasoning)
      .close();
  return out;
}

void append_message(std::string& out, const message& m) {
  json_object_writer object{out};
  object.text("role", to_string(m.role)).text("origin", to_string(m.origin));
  object.raw("content", m.content.empty() ? "null" : one_line(m.content));
  if (!m.name.empty())
    object.text("name", m.name);
  if (!m.tool_calls.empty())
    object.raw("toolCalls", one_line(m.tool_calls));
  if (!m.tool_call_id.empty())
    object.text("toolCallId", m.tool_call_id);
  if (!m.extra.empty())
    object.raw("extra", one_line(m.extra));
  object.close();
}

std::string json_of(const message& m) {
  std::string out;
  append_message(out, m);
  return out;
}

std::string json_of(const agent_spec& spec) {
  std::string out;
  json_object_writer object{out};
  object.text("did", spec.did)
      .text("name", spec.name)
      .text("provider", spec.provider)
      .text("baseUrl", spec.base_url)
      .text("model", spec.model)
      .raw("fallbackModels", texts_json(spec.fallback_models))
      .text("apiKeyEnv", spec.api_key_env)
      .text("credential", spec.credential)
      .text("systemPrompt", spec.system_prompt);
  // The values may be credentials.
  object.raw(
      "headerNames",
      json_array(spec.headers, [](std::string& list, const auto& header) {
        append_json_string(list, header.first);
      }));
  object
      .raw(
          "parameters",
          spec.parameters.empty() ? "{}" : one_line(spec.parameters))
      .text(
          "history",
          spec.history == history_policy::strict ? "strict" : "branch")
      .text(
          "onDisconnect", spec.on_disconnect == disconnect_policy::cancel
                              ? "cancel"
                              : "continue")
      .number("disconnectGraceMs", spec.disconnect_grace_ms)
      .number("connectTimeoutMs", spec.connect_timeout_ms)
      .number("firstTokenTimeoutMs", spec.first_token_timeout_ms)
      .number("idleTimeoutMs", spec.idle_timeout_ms)
      .number("maxAttempts", spec.max_attempts)
      .number("maxTurnMs", spec.max_turn_ms)
      .number("maxOutputTokens", spec.max_output_tokens)
      .text(
          "partialAnswers",
          spec.partial_answers == partial_policy::hide ? "hide" : "show")
      .close();
  return out;
}

std::string json_of(const guardrail_spec& rule) {
  std::string out;
  json_object_writer object{out};
  object.text("name", rule.name)
      .raw("detectors", texts_json(rule.detectors))
      .raw("patterns", texts_json(rule.patterns))
      .text("on", to_string(rule.on))
      .text("action", to_string(rule.action))
      .boolean("required", rule.required)
      .raw("agents", texts_json(rule.agents))
      .raw("users", texts_json(rule.users))
      .raw("groups", texts_json(rule.groups))
      .text("mask", rule.mask)
      .number("longestMatch", rule.longest)
      .close();
  return out;
}

void append_ref(std::string& out, const policy_ref& ref) {
  json_object_writer{out}
      .text("id", ref.id.to_string())
      .number("version", ref.version)
      .close();
}

void append_use(std::string& out, const api_keys_used::use& one) {
  json_object_writer{out}
      .text("keyId", one.id.to_string())
      .text("at", to_iso8601(from_unix_us(one.at_us)))
      .close();
}

/// Writes the members of each event's `data`.
struct data_writer {
  json_object_writer& object;

  void by(const cause& c) {
    object.text("principal", c.principal);
    if (!c.request.empty())
      object.text("requestId", c.request);
  }
  /// Whose a grant is.
  void holder(const std::string& user, const std::string& group) {
    if (group.empty())
      object.text("userDid", user);
    else
      object.text("group", group);
  }
  void expiry(std::int64_t us) {
    if (us != 0)
      object.text("expiresAt", to_iso8601(from_unix_us(us)));
  }

  void operator()(const unknown_event& e) {
    object.number("type", e.type).text("payloadHex", hex_text(e.payload));
  }
  void operator()(const session_opened& e) {
    object.text("agentDid", e.agent).text("ownerDid", e.owner);
    by(e.by);
  }
  void operator()(const messages_received& e) {
    object.text("turnId", e.turn.to_string()).number("keep", e.keep);
    object.raw("messages", json_array(e.messages, append_message));
    by(e.by);
  }
  void operator()(const turn_admitted& e) {
    object.text("turnId", e.turn.to_string()).text("basis", e.basis);
    if (!e.agent.empty())
      object.text("agentDid", e.agent)
          .raw("policies", json_array(e.terms.policies, append_ref))
          .number("reservedTokens", e.terms.reserved_tokens)
          .number("maxOutputTokens", e.terms.max_output_tokens)
          .number("maxTurnMs", e.terms.max_turn_ms);
    by(e.by);
  }
  void operator()(const turn_refused& e) {
    object.text("agentDid", e.agent).text("code", e.code);
    object.text("reason", e.reason);
    if (!e.rule.empty())
      object.text("rule", e.rule)
          .raw("policies", json_array(e.policies, append_ref));
    if (!e.session.is_nil())
      object.text("sessionId", e.session.to_string());
    by(e.by);
  }
  void operator()(const generation_started& e) {
    object.text("turnId", e.turn.to_string())
        .number("attempt", e.attempt)
        .text("provider", e.provider)
        .text("model", e.model)
        .number("agentVersion", e.agent_version)
        .number("promptMessages", e.prompt_messages);
  }
  void operator()(const generation_attempt_failed& e) {
    object.text("turnId", e.turn.to_string())
        .number("attempt", e.attempt)
        .text("code", e.code)
        .text("reason", e.reason)
        .number("retryInMs", e.retry_in_ms);
  }
  void operator()(const token_generated& e) {
    object.text("channel", to_string(e.channel)).text("text", e.text);
  }
  void operator()(const tool_call_generated& e) {
    object.text("turnId", e.turn.to_string())
        .number("index", e.index)
        .text("id", e.id)
        .text("function", e.function)
        .text("arguments", e.arguments);
  }
  void operator()(const generation_completed& e) {
    object.text("turnId", e.turn.to_string())
        .text("end", to_string(e.ending))
        .text("finishReason", e.finish_reason)
        .raw("usage", json_of(e.usage));
  }
  void operator()(const generation_failed& e) {
    object.text("turnId", e.turn.to_string())
        .text("end", to_string(e.ending))
        .text("code", e.code)
        .text("reason", e.reason)
        .raw("usage", json_of(e.usage));
  }
  void operator()(const generation_cancelled& e) {
    object.text("turnId", e.turn.to_string())
        .text("reason", e.reason)
        .raw("usage", json_of(e.usage));
    by(e.by);
  }
  void operator()(const generation_interrupted& e) {
    object.text("turnId", e.turn.to_string())
        .text("reason", e.reason)
        .raw("usage", json_of(e.usage));
  }
  void operator()(const client_attached& e) {
    object.text("turnId", e.turn.to_string()).number("after", e.after.value);
    by(e.by);
  }
  void operator()(const client_detached& e) {
    object.text("turnId", e.turn.to_string())
        .number("lastSent", e.last_sent.value)
        .text("reason", e.reason);
    by(e.by);
  }
  void operator()(const title_changed& e) {
    object.text("title", e.title);
    by(e.by);
  }
  void operator()(const request_claimed& e) {
    object.text("key", e.key)
        .text("bodySha256", hex_text(e.body_sha256))
        .text("sessionId", e.session.to_string())
        .text("turnId", e.turn.to_string());
    by(e.by);
  }
  void operator()(const agent_registered& e) {
    object.raw("agent", json_of(e.agent));
    by(e.by);
  }
  void operator()(const agent_reconfigured& e) {
    object.raw("agent", json_of(e.agent));
    by(e.by);
  }
  void operator()(const agent_retired& e) {
    object.text("agentDid", e.agent);
    by(e.by);
  }
  void operator()(const user_registered& e) {
    object.text("userDid", e.user)
        .text("name", e.display_name)
        .text("role", to_string(e.role));
    by(e.by);
  }
  void operator()(const api_key_issued& e) {
    // Not even the hash: a reader of the log has no use for it.
    object.text("keyId", e.id.to_string())
        .text("userDid", e.user)
        .text("label", e.label);
    expiry(e.expires_us);
    object.raw("scopes", texts_json(names_of(e.scopes)));
    by(e.by);
  }
  void operator()(const grant_issued& e) {
    object.text("grantId", e.id.to_string());
    holder(e.user, e.group);
    object.text("agentDid", e.agent)
        .raw("capabilities", texts_json(e.capabilities));
    expiry(e.expires_us);
    by(e.by);
  }
  void operator()(const grant_revoked& e) {
    object.text("grantId", e.id.to_string());
    holder(e.user, e.group);
    by(e.by);
  }
  void operator()(const session_deleted& e) { by(e.by); }
  void operator()(const refusals_counted& e) {
    object.text("principal", e.principal)
        .text("code", e.code)
        .text("rule", e.rule)
        .text("since", to_iso8601(from_unix_us(e.since_us)))
        .text("until", to_iso8601(from_unix_us(e.until_us)))
        .number("count", e.count)
        .number("recorded", e.recorded);
  }
  void operator()(const policy_set& e) {
    object.text("policyId", e.id.to_string())
        .number("policyVersion", e.version);
    object.raw("policy", policy_json(e.spec));
    by(e.by);
  }
  void operator()(const policy_removed& e) {
    object.text("policyId", e.id.to_string());
    by(e.by);
  }
  void operator()(const guardrail_matched& e) {
    if (!e.turn.is_nil())
      object.text("turnId", e.turn.to_string());
    object.text("rule", e.rule)
        .number("ruleVersion", e.rule_version)
        .text("action", to_string(e.action))
        .text("place", to_string(e.place))
        .number("index", e.index)
        .number("offset", e.offset)
        .number("length", e.length)
        .number("count", e.count);
  }
  void operator()(const guardrail_skipped& e) {
    if (!e.turn.is_nil())
      object.text("turnId", e.turn.to_string());
    object.text("rule", e.rule)
        .number("ruleVersion", e.rule_version)
        .boolean("required", e.required)
        .text("why", e.why);
  }
  void operator()(const prompt_masked& e) {
    object.text("turnId", e.turn.to_string())
        .number("index", e.index)
        .raw("sent", json_of(e.sent));
  }
  void operator()(const tool_call_withheld& e) {
    object.text("turnId", e.turn.to_string())
        .number("index", e.index)
        .text("id", e.id)
        .text("function", e.function)
        .text("arguments", e.arguments);
  }
  void operator()(const guardrail_set& e) {
    object.raw("rule", json_of(e.rule));
    by(e.by);
  }
  void operator()(const guardrail_removed& e) {
    object.text("rule", e.rule);
    by(e.by);
  }
  void operator()(const api_key_revoked& e) {
    object.text("keyId", e.id.to_string()).text("userDid", e.user);
    by(e.by);
  }
  void operator()(const user_changed& e) {
    object.text("userDid", e.user)
        .text("name", e.display_name)
        .text("role", to_string(e.role));
    by(e.by);
  }
  void operator()(const user_deactivated& e) {
    object.text("userDid", e.user);
    by(e.by);
  }
  void operator()(const user_reactivated& e) {
    object.text("userDid", e.user);
    by(e.by);
  }
  void operator()(const tokens_revoked& e) {
    if (!e.token.empty())
      object.text("tokenId", e.token);
    if (!e.subject.empty())
      object.text("userDid", e.subject);
    if (e.token.empty())
      object.text("issuedBefore", to_iso8601(from_unix_us(e.issued_before_us)));
    by(e.by);
  }
  void operator()(const api_keys_used& e) {
    object.raw("uses", json_array(e.uses, append_use));
  }
  /// Without the ciphertext: who reads events has no use for it.
  void operator()(const credential_set& e) {
    object.text("name", e.credential.name)
        .text("keyId", hex_text(e.credential.key))
        .text("fingerprint", hex_text(e.credential.fingerprint));
    by(e.by);
  }
  void operator()(const credential_removed& e) {
    object.text("name", e.credential);
    by(e.by);
  }
  void operator()(const configuration_reloaded& e) {
    object.text("sha256", hex_text(e.sha256))
        .raw("changed", texts_json(e.changed))
        .raw("needsRestart", texts_json(e.needs_restart));
    by(e.by);
  }
};

std::string stream_name(const stream_id& stream) {
  if (stream == control_stream)
    return "control";
  if (stream == access_stream)
    return "access";
  if (is_claim_stream(stream))
    return "claim_" + to_base32(stream);
  return session_of(stream).to_string();
}

} // namespace

std::string to_json(const recorded_event& e) {
  std::string data;
  json_object_writer members{data};
  std::visit(data_writer{members}, e.body);
  members.close();

  std::string line;
  json_object_writer object{line};
  object.number("position", e.position.value)
      .text("stream", stream_name(e.stream))
      .number("version", e.version.value)
      .text("type", name_of(e.body))
      .number("schema", schema_of(e.body))
      .text("at", to_iso8601(e.at))
      .raw("atUs", std::to_string(to_unix_us(e.at)))
      .raw("data", data)
      .close();
  return line;
}

} // namespace hansard
