#include "tests/events/codec/golden_cases.hpp"

#include "tests/support/source_dir.hpp"

#include <fstream>

namespace hansard::test {

namespace {

turn_id sample_turn() {
  return turn_id{make_ulid(0x0190'a1b2'c3d4, 0x1122, 0x3344'5566'7788'99aa)};
}

cause sample_cause() { return {"did:vaultys:z6Mkf9x3TQ", "req_7f3a"}; }

token_usage sample_usage() {
  return {usage_source::reported, 1234, 56, 1024, 7};
}

policy_id sample_policy_id() {
  return policy_id{make_ulid(0x0190'a1b2'c3d8, 5, 6)};
}

admission_terms sample_terms() {
  return {{{sample_policy_id(), 3}, {policy_id{}, 1}}, 4'321, 1'000, 60'000};
}

policy_spec sample_policy() {
  policy_spec spec;
  spec.scope = policy_scope::group;
  spec.subject = "research";
  spec.rules.max_requests_per_minute = 60;
  spec.rules.max_requests_per_hour = 1'000;
  spec.rules.max_concurrent_streams = 4;
  spec.rules.max_tokens_per_day = 1'000'000;
  spec.rules.max_tokens_per_month = std::uint64_t{1} << 40;
  spec.rules.max_input_chars = 50'000;
  spec.rules.max_output_tokens = 4'096;
  spec.rules.max_turn_seconds = 120;
  spec.rules.allowed_models = {"llama3.2", "phi3"};
  spec.rules.allowed_roles = role_bit(role::user) | role_bit(role::tool);
  spec.rules.hours = active_hours{0x1f, 480, 1'080, -90};
  spec.expires_us = 1'779'978'645'123'456;
  return spec;
}

agent_spec sample_agent() {
  agent_spec spec;
  spec.did = "did:vaultys:analyst";
  spec.name = "analyst";
  spec.provider = "openai-compatible";
  spec.base_url = "http://127.0.0.1:11434/v1";
  spec.model = "llama3.2";
  spec.fallback_models = {"llama3.1", "phi3"};
  spec.api_key_env = "OPENAI_API_KEY";
  spec.system_prompt = "You are a financial analyst.";
  spec.headers = {{"x-team", "research"}, {"x-region", "eu"}};
  spec.parameters = R"({"temperature":0.2})";
  spec.history = history_policy::strict;
  spec.on_disconnect = disconnect_policy::cancel;
  spec.disconnect_grace_ms = 1'500;
  spec.connect_timeout_ms = 2'000;
  spec.first_token_timeout_ms = 30'000;
  spec.idle_timeout_ms = 45'000;
  spec.max_attempts = 4;
  spec.max_turn_ms = 600'000;
  spec.max_output_tokens = 100'000;
  return spec;
}

std::vector<message> sample_messages() {
  message user;
  user.content = R"([ {"type": "text", "text": "caf\u00e9 ☕"} ])";
  user.name = "anna";
  user.extra = R"({"cache_control":{"type":"ephemeral"}})";
  message assistant;
  assistant.role = role::assistant;
  assistant.origin = origin::claimed;
  assistant.content = "null";
  assistant.tool_calls = R"([{"id":"call_1","type":"function"}])";
  message tool;
  tool.role = role::tool;
  tool.content = R"("42")";
  tool.tool_call_id = "call_1";
  return {user, assistant, tool};
}

void add_session_cases(std::vector<golden_case>& cases) {
  auto turn = sample_turn();
  auto by = sample_cause();
  auto usage = sample_usage();
  cases.push_back({1, session_opened{"did:a:1", "did:u:2", by}});
  cases.push_back({1, messages_received{turn, by, 300, sample_messages()}});
  cases.push_back({1, turn_admitted{turn, by, "role:admin"}});
  cases.push_back(
      {2, turn_admitted{turn, by, "role:admin", "did:a:1", sample_terms()}});
  cases.push_back(
      {1, turn_refused{by, "did:a:1", "forbidden", "No grant covers it."}});
  cases.push_back(
      {2, turn_refused{
              by, "did:a:1", "rate_limited", "Too many requests.",
              "maxRequestsPerMinute", sample_terms().policies,
              session_id{make_ulid(0x0190'a1b2'c3d7, 3, 4)}}});
  cases.push_back(
      {1, generation_started{
              turn, 2, "openai-compatible", "llama3.2", 0x1'0000'0001, 17}});
  cases.push_back(
      {1, generation_attempt_failed{
              turn, 2, "upstream_failed", "503 Service Unavailable", 250}});
  cases.push_back(
      {1, token_generated{token_channel::reasoning, "Hm, \u2026 "}});
  cases.push_back(
      {1, tool_call_generated{turn, 1, "call_1", "add", R"({"a":1,"b":2})"}});
  // What schema 1 held, and what it is taken to have meant.
  cases.push_back(
      {1, generation_completed{
              turn,
              ending::length,
              "length",
              {usage_source::reported, 1234, 56, 0, 0}}});
  cases.push_back(
      {2, generation_completed{turn, ending::tool_calls, "tool_calls", usage}});
  cases.push_back(
      {1, generation_failed{
              turn, ending::truncated, "upstream_truncated",
              "The stream ended without a reason.", usage}});
  cases.push_back(
      {1, generation_cancelled{
              turn,
              by,
              "client_request",
              {usage_source::estimated, 10, 20, 0, 0}}});
  cases.push_back(
      {1, generation_interrupted{turn, "The server went away.", usage}});
  cases.push_back({1, client_attached{turn, by, {129}}});
  cases.push_back({1, client_detached{turn, by, {70'000}, "too_slow"}});
  cases.push_back({1, title_changed{"Quarterly \"figures\"", by}});
  request_claimed claim;
  claim.by = by;
  claim.key = "8e03978e-40d5-43e8-bc93-6894a57f9324";
  for (std::size_t i = 0; i < claim.body_sha256.size(); ++i)
    claim.body_sha256[i] = static_cast<std::uint8_t>(11 * i + 3);
  claim.session = session_id{make_ulid(0x0190'a1b2'c3d7, 3, 4)};
  claim.turn = turn;
  cases.push_back({1, claim});
  cases.push_back({1, session_deleted{by}});
  cases.push_back(
      {1, refusals_counted{
              "did:u:2", "forbidden", "grant", 1'779'978'645'123'456,
              1'779'978'655'123'456, 1'000, 29}});
}

void add_identity_cases(
    std::vector<golden_case>& cases, const api_key_issued& key) {
  auto by = sample_cause();
  auto narrow = key;
  narrow.scopes = scope::chat | scope::read;
  cases.push_back({2, narrow});
  cases.push_back({1, api_key_revoked{key.id, key.user, by}});
  cases.push_back({1, user_changed{"did:u:2", "Anna", user_role::auditor, by}});
  cases.push_back({1, user_deactivated{"did:u:2", by}});
  cases.push_back({1, user_reactivated{"did:u:2", by}});
  cases.push_back(
      {1, tokens_revoked{"jti-1", "did:u:2", 1'779'978'645'123'456, by}});
  cases.push_back(
      {1, api_keys_used{{{key.id, 1'779'978'645'123'456}, {key_id{}, -1}}}});
}

void add_control_cases(std::vector<golden_case>& cases) {
  auto by = sample_cause();
  api_key_issued key;
  key.id = key_id{make_ulid(0x0190'a1b2'c3d5, 0xabcd, 42)};
  key.user = "did:u:2";
  key.label = "laptop";
  for (std::size_t i = 0; i < key.sha256.size(); ++i)
    key.sha256[i] = static_cast<std::uint8_t>(7 * i + 200);
  key.expires_us = 1'779'978'645'123'456;
  key.by = by;
  grant_id grant{make_ulid(0x0190'a1b2'c3d6, 1, 2)};
  cases.push_back({1, agent_registered{sample_agent(), by}});
  cases.push_back({1, agent_reconfigured{sample_agent(), by}});
  auto hiding = sample_agent();
  hiding.partial_answers = partial_policy::hide;
  cases.push_back({2, agent_registered{hiding, by}});
  cases.push_back({2, agent_reconfigured{hiding, by}});
  hiding.api_key_env.clear();
  hiding.credential = "openai";
  cases.push_back({3, agent_registered{hiding, by}});
  cases.push_back({3, agent_reconfigured{hiding, by}});
  cases.push_back({1, agent_retired{"did:vaultys:analyst", by}});
  cases.push_back(
      {1, user_registered{"did:u:2", "Anna Ω", user_role::admin, by}});
  cases.push_back({1, key});
  cases.push_back(
      {1, grant_issued{grant, "did:u:2", "*", {"chat", "read"}, -1, by}});
  cases.push_back(
      {2, grant_issued{grant, "", "did:a:1", {"chat"}, 0, by, "research"}});
  cases.push_back({1, grant_revoked{grant, "did:u:2", by}});
  cases.push_back({2, grant_revoked{grant, "", by, "research"}});
  cases.push_back({1, policy_set{sample_policy_id(), 3, sample_policy(), by}});
  cases.push_back({1, policy_removed{sample_policy_id(), by}});
  add_identity_cases(cases, key);
}

void add_guardrail_cases(std::vector<golden_case>& cases) {
  auto turn = sample_turn();
  cases.push_back(
      {1, guardrail_matched{
              turn, "cards", 300, guard_action::mask, guard_place::answer, 2,
              70'000, 19, 3}});
  cases.push_back(
      {1, guardrail_skipped{turn, "names", 7, true, "It has no pattern."}});
  cases.push_back({1, prompt_masked{turn, 129, sample_messages().front()}});
  cases.push_back(
      {1, tool_call_withheld{turn, 1, "call_1", "pay", R"({"card":1})"}});
  guardrail_spec rule;
  rule.name = "cards";
  rule.detectors = {"card", "iban"};
  rule.patterns = {R"(\bacct-\d{4,9}\b)"};
  rule.on = guard_side::output;
  rule.action = guard_action::block;
  rule.required = true;
  rule.agents = {"did:a:1"};
  rule.mask = "\u2588\u2588";
  rule.longest = 512;
  cases.push_back({1, guardrail_set{rule, sample_cause()}});
  rule.users = {"did:u:2"};
  rule.groups = {"interns", "guests"};
  cases.push_back({2, guardrail_set{rule, sample_cause()}});
  cases.push_back({1, guardrail_removed{"cards", sample_cause()}});
}

void add_credential_cases(std::vector<golden_case>& cases) {
  sealed_credential sealed;
  sealed.name = "openai";
  sealed.key = {0xff, 1, 2, 3, 4, 5, 6, 0x80};
  sealed.nonce = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0xee, 0xff};
  sealed.ciphertext = std::string("\0\x80\xff", 3) + "sixteen more here";
  sealed.fingerprint = {0xde, 0xad, 0xbe, 0xef};
  cases.push_back({1, credential_set{sealed, sample_cause()}});
  cases.push_back({1, credential_removed{"openai", sample_cause()}});
  configuration_reloaded reloaded;
  for (std::size_t i = 0; i < reloaded.sha256.size(); ++i)
    reloaded.sha256[i] = static_cast<std::uint8_t>(5 * i + 1);
  reloaded.changed = {"log.level", "agent did:a:1"};
  reloaded.needs_restart = {"server.listen"};
  reloaded.by = sample_cause();
  cases.push_back({1, reloaded});
}

} // namespace

std::string golden_case::file_name() const {
  return std::string(name_of(reads_as)) + ".v" + std::to_string(schema)
         + ".hex";
}

std::vector<golden_case> golden_cases() {
  std::vector<golden_case> cases;
  add_session_cases(cases);
  add_control_cases(cases);
  add_guardrail_cases(cases);
  add_credential_cases(cases);
  return cases;
}

std::string golden_folder() { return source_dir() + "/tests/events/golden/"; }

std::optional<std::string> read_hex_file(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string bytes;
  int high = -1;
  for (char c; file >> c;) {
    auto digit = digits.find(c);
    if (digit == digits.npos)
      return std::nullopt;
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      bytes += static_cast<char>(high * 16 + static_cast<int>(digit));
      high = -1;
    }
  }
  if (high >= 0)
    return std::nullopt;
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    out += digits[byte >> 4];
    out += digits[byte & 15];
    if (i % 32 == 31)
      out += '\n';
  }
  return out;
}

} // namespace hansard::test
