#pragma once

#include "actors/llm_backend.hpp"
#include "actors/secrets/secret_text.hpp"
#include "events/error.hpp"
#include "http/client/upstream_origin.hpp"

#include <string>
#include <string_view>

namespace hansard {

/// POST {base_url}/chat/completions as bytes, ready to send.
/// - The body is the system prompt and the messages (`content` and
///   `tool_calls` as recorded; members that Hansard does not know are not
///   sent), stream:true, include_usage, and the agent's `parameters`, which
///   may replace everything but `model`, `messages` and `stream`. A parameter
///   that is null takes the member out.
/// - The agent's headers may replace Authorization, User-Agent and
///   traceparent; those that
///   frame the message or name the host are passed over, and so is a header
///   that is not one.
/// - `traceparent` is the request's `trace`; no tracestate goes with it: what
///   other systems noted there is not for the model server.
/// @param secret The key, for `Authorization: Bearer`; empty: none.
/// @returns upstream_failed: `parameters` is not a JSON object.
result<std::string> make_openai_request(
    const upstream_request& request, const upstream_target& target,
    std::string_view secret);

/// The value of the environment variable that `agent` names; empty if it names
/// none. upstream_failed: it is not set, or not fit for a header; the message
/// names the variable and never its value.
result<std::string> read_api_key(const agent_spec& agent);

/// The key of a request: the one that came with it, or read_api_key().
result<secret_text> key_of(const upstream_request& request);

} // namespace hansard
