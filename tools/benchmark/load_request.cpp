#include "tools/benchmark/load_request.hpp"

namespace hansard::benchmark {

namespace {

constexpr std::string_view messages =
    R"([{"role":"user","content":)"
    R"("Summarise the key trends in Q1 2026 for the EMEA region."}])";

} // namespace

std::string agent_did(const mock_model& model) {
  return "did:bench:" + model.name();
}

std::string make_request(const load_options& options) {
  const bool openai = options.dialect == dialect::openai;
  std::string body;
  if (openai)
    body = R"({"model":")" + options.model.name()
           + R"(","stream":true,"stream_options":{"include_usage":true},)";
  else
    body = R"({"agentDid":")" + agent_did(options.model) + R"(",)";
  body.append(R"("messages":)").append(messages).append("}");

  std::string out = openai ? "POST /v1/chat/completions" : "POST /api/chat";
  out += " HTTP/1.1\r\nHost: " + options.target.to_string()
         + "\r\nContent-Type: application/json\r\n"
           "Accept: text/event-stream\r\n";
  if (!options.key.empty())
    out += "Authorization: Bearer " + options.key + "\r\n";
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return out + body;
}

} // namespace hansard::benchmark
