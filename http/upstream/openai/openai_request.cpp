#include "http/upstream/openai/openai_request.hpp"

#include "events/text/json_text.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace hansard {

namespace json = boost::json;
using boost::beast::iequals;

namespace {

/// Room for the members around the messages.
constexpr std::size_t usual_frame_bytes = 1024;

void append_message(std::string& out, const message& m) {
  json_object_writer object(out);
  object.text("role", to_string(m.role));
  object.raw("content", m.content.empty() ? "null" : m.content);
  if (!m.name.empty())
    object.text("name", m.name);
  if (!m.tool_calls.empty())
    object.raw("tool_calls", m.tool_calls);
  if (!m.tool_call_id.empty())
    object.text("tool_call_id", m.tool_call_id);
  object.close();
}

std::string messages_json(const upstream_request& request) {
  std::size_t size = request.agent->system_prompt.size() + usual_frame_bytes;
  for (const auto& m : request.messages)
    size += m.content.size() + m.tool_calls.size() + 128;
  std::string out;
  out.reserve(size);
  json_array_writer messages{out};
  if (!request.agent->system_prompt.empty())
    json_object_writer(messages.next())
        .text("role", "system")
        .text("content", request.agent->system_prompt)
        .close();
  for (const auto& m : request.messages)
    append_message(messages.next(), m);
  messages.close();
  return out;
}

bool is_fixed(std::string_view member) {
  return member == "model" || member == "messages" || member == "stream";
}

result<json::object> read_parameters(const std::string& parameters) {
  if (parameters.empty())
    return json::object();
  json::error_code ec;
  auto value = json::parse(parameters, ec);
  if (ec || !value.is_object())
    return make_error(
        ec::upstream_failed, "the agent's parameters are not a JSON object");
  return std::move(value.as_object());
}

result<std::string> make_body(const upstream_request& request) {
  const auto parameters = read_parameters(request.agent->parameters);
  if (!parameters)
    return parameters.error();
  auto messages = messages_json(request);
  std::string out;
  out.reserve(
      messages.size() + request.agent->parameters.size() + usual_frame_bytes);
  json_object_writer body(out);
  body.text("model", request.model);
  body.raw("messages", messages);
  body.boolean("stream", true);
  if (!parameters->contains("stream_options"))
    body.raw("stream_options", R"({"include_usage":true})");
  for (const auto& [name, value] : *parameters) {
    const std::string_view member(name.data(), name.size());
    if (!is_fixed(member) && !value.is_null())
      body.raw(member, json::serialize(value));
  }
  body.close();
  return out;
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 9> ours{
      "Host",       "Content-Length",  "Transfer-Encoding",
      "Connection", "Content-Type",    "Accept",
      "Upgrade",    "Accept-Encoding", "Expect"};
  return std::any_of(ours.begin(), ours.end(), [&](std::string_view word) {
    return iequals(
        boost::beast::string_view(word.data(), word.size()),
        boost::beast::string_view(name.data(), name.size()));
  });
}

bool is_field_name(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty()
         && std::all_of(name.begin(), name.end(), [&](unsigned char c) {
              return std::isalnum(c)
                     || marks.find(static_cast<char>(c))
                            != std::string_view::npos;
            });
}

/// RFC 9110 §5.5; nothing that could end the line.
bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return c == '\t' || (c >= 0x20 && c != 0x7F);
  });
}

bool has_header(const agent_spec& agent, std::string_view name) {
  return std::any_of(
      agent.headers.begin(), agent.headers.end(), [&](const auto& header) {
        return iequals(
            boost::beast::string_view(header.first),
            boost::beast::string_view(name.data(), name.size()));
      });
}

std::size_t headers_bytes(const agent_spec& agent) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : agent.headers)
    bytes += name.size() + value.size() + 4;
  return bytes;
}

void append_header(
    std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

result<std::string> make_openai_request(
    const upstream_request& request, const upstream_target& target,
    std::string_view secret) {
  const auto body = make_body(request);
  if (!body)
    return body.error();
  std::string out;
  // Room for all of it: to grow would leave the key in what is given back.
  out.reserve(
      body->size() + secret.size() + headers_bytes(*request.agent)
      + target.path.size() + usual_frame_bytes);
  out.append("POST ").append(target.path).append(" HTTP/1.1\r\n");
  append_header(out, "Host", target.origin.authority);
  append_header(out, "Content-Type", "application/json");
  append_header(out, "Content-Length", std::to_string(body->size()));
  append_header(out, "Accept", "text/event-stream, application/json");
  append_header(out, "Accept-Encoding", "identity");
  if (!has_header(*request.agent, "User-Agent"))
    append_header(out, "User-Agent", "hansard");
  if (!secret.empty() && !has_header(*request.agent, "Authorization"))
    out.append("Authorization: Bearer ").append(secret).append("\r\n");
  if (request.trace && !has_header(*request.agent, "traceparent"))
    append_header(out, "traceparent", to_traceparent(*request.trace));
  for (const auto& [name, value] : request.agent->headers)
    if (is_field_name(name) && !is_ours(name) && is_field_value(value))
      append_header(out, name, value);
  out.append("\r\n").append(*body);
  return out;
}

result<std::string> read_api_key(const agent_spec& agent) {
  if (agent.api_key_env.empty())
    return std::string();
  auto refuse = [&](std::string_view why) {
    return make_error(
        ec::upstream_failed, "the environment variable " + agent.api_key_env
                                 + ", which is to hold the agent's API key, "
                                 + std::string(why));
  };
  const char* value = std::getenv(agent.api_key_env.c_str());
  if (!value || !*value)
    return refuse("is not set");
  std::string key = value;
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r'))
    key.pop_back();
  if (key.empty() || !is_field_value(key))
    return refuse("holds characters that no key has");
  return key;
}

result<secret_text> key_of(const upstream_request& request) {
  if (request.key)
    return *request.key;
  auto key = read_api_key(*request.agent);
  if (!key)
    return key.error();
  return secret_text{std::move(*key)};
}

} // namespace hansard
