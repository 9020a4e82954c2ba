#include "actors/admission/turn_admission.hpp"

#include "events/text/utf8.hpp"

#include <algorithm>

namespace hansard {

namespace {

turn_facts facts_of(
    const turn_command& command, const agent_spec& agent,
    const effective_policy& policy) {
  turn_facts facts;
  facts.models.push_back(agent.model);
  facts.models.insert(
      facts.models.end(), agent.fallback_models.begin(),
      agent.fallback_models.end());
  facts.max_output_tokens = agent.max_output_tokens;
  facts.max_turn_ms = agent.max_turn_ms;
  std::uint64_t bytes = agent.system_prompt.size();
  for (const auto& m : command.messages) {
    facts.roles |= role_bit(m.role);
    bytes += m.content.size();
    // Only where somebody asks: it takes reading all of the text.
    if (policy.input_chars)
      facts.input_chars += count_characters(plain_text(m.content));
  }
  facts.prompt_tokens = bytes / bytes_per_token;
  return facts;
}

} // namespace

turn_admission::outcome turn_admission::ask(
    const runtime_ptr& rt, const turn_id& turn, const turn_command& command,
    std::shared_ptr<const agent_record> agent) {
  auto now = rt->clock();
  std::shared_ptr<turn_admission> self{new turn_admission(rt, turn)};
  self->policy_ = rt->access.policy_for(command.who, command.agent, now);
  self->facts_ = facts_of(command, agent->spec, self->policy_);
  self->configured_ = std::move(agent);
  self->policies_ = self->policy_.sources();
  auto judged = rt->usage.admit(
      turn, command.who.user, command.agent, self->policy_, self->facts_, now);
  outcome out;
  out.policies = self->policies_;
  if (judged.refused) {
    out.refused = std::move(judged);
  } else {
    self->take(judged);
    out.admission = std::move(self);
  }
  return out;
}

turn_refused turn_admission::outcome::event(const turn_command& command) const {
  return refusal_event(command, *refused, policies);
}

turn_admission::~turn_admission() { rt_->usage.release(turn_); }

void turn_admission::take(const verdict& granted) {
  reserved_tokens_ = granted.reserved_tokens;
  const auto& spec = configured_->spec;
  auto turn_ms = granted.max_turn_ms;
  if (agent_)
    turn_ms = agent_->spec.max_turn_ms;
  if (granted.rates.requests)
    rates_.requests = granted.rates.requests;
  if (granted.rates.tokens)
    rates_.tokens = granted.rates.tokens;
  bool same_models = agent_ || granted.models == facts_.models;
  if (!agent_)
    agent_ = configured_;
  if (same_models && granted.max_output_tokens == agent_->spec.max_output_tokens
      && turn_ms == agent_->spec.max_turn_ms)
    return;
  auto limited = std::make_shared<agent_record>(*agent_);
  limited->spec.max_output_tokens =
      std::min(spec.max_output_tokens, granted.max_output_tokens);
  limited->spec.max_turn_ms = std::min(spec.max_turn_ms, turn_ms);
  if (!same_models) {
    limited->spec.model = granted.models.front();
    limited->spec.fallback_models.assign(
        granted.models.begin() + 1, granted.models.end());
  }
  agent_ = std::move(limited);
}

verdict turn_admission::fit(std::uint64_t prompt_bytes) {
  auto prompt =
      (configured_->spec.system_prompt.size() + prompt_bytes) / bytes_per_token;
  facts_.prompt_tokens = prompt;
  auto out = rt_->usage.fit(turn_, policy_, facts_, rt_->clock());
  if (!out.refused)
    take(out);
  return out;
}

admission_terms turn_admission::terms() const {
  return {
      policies_, reserved_tokens_, agent_->spec.max_output_tokens,
      agent_->spec.max_turn_ms};
}

error to_error(const verdict& refused) {
  const auto& why = *refused.refused;
  auto out = make_error(why.code, why.reason);
  out.details.emplace_back("rule", why.rule);
  if (why.retry_after) {
    auto ms = std::chrono::ceil<std::chrono::milliseconds>(*why.retry_after);
    out.details.emplace_back("retryAfterMs", std::to_string(ms.count()));
  }
  for (auto& header : rate_headers(refused.rates))
    out.details.push_back(std::move(header));
  return out;
}

turn_refused refusal_event(
    const turn_command& command, const error& why, std::string_view rule,
    std::vector<policy_ref> policies) {
  turn_refused out;
  out.by = cause{command.who.user, command.request};
  out.agent = command.agent;
  out.code = to_string(why.code);
  out.reason = why.message;
  out.rule = rule;
  out.policies = std::move(policies);
  if (command.session)
    out.session = *command.session;
  return out;
}

turn_refused refusal_event(
    const turn_command& command, const verdict& refused,
    std::vector<policy_ref> policies) {
  const auto& why = *refused.refused;
  // The one that refused goes first.
  auto it = std::find(policies.begin(), policies.end(), why.policy);
  if (it != policies.end())
    std::rotate(policies.begin(), it, it + 1);
  return refusal_event(
      command, make_error(why.code, why.reason), why.rule, std::move(policies));
}

} // namespace hansard
