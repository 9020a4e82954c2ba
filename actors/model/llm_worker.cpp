#include "actors/model/llm_worker.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace hansard {

namespace {

/// Brings what a backend's thread reports into the worker's mailbox. A weak
/// handle: the call that holds the listener must not keep its worker alive.
class listener : public upstream_listener {
public:
  listener(const llm_worker_actor& worker, std::uint32_t attempt)
      : worker_(caf::actor_cast<caf::weak_actor_ptr>(worker)),
        attempt_(attempt) {}

  void on_tokens(token_run tokens) override {
    tell(upstream_tokens{
        attempt_, std::make_shared<const token_run>(std::move(tokens))});
  }
  void on_finish(upstream_finish finish) override {
    tell(upstream_finished{
        attempt_, std::make_shared<const upstream_finish>(std::move(finish))});
  }
  void on_failure(upstream_failure failure) override {
    tell(upstream_broken{
        attempt_,
        std::make_shared<const upstream_failure>(std::move(failure))});
  }

private:
  template <class Message>
  void tell(Message message) {
    if (auto worker = caf::actor_cast<caf::strong_actor_ptr>(worker_))
      caf::anon_send(
          caf::actor_cast<llm_worker_actor>(worker), std::move(message));
  }

  caf::weak_actor_ptr worker_;
  std::uint32_t attempt_;
};

} // namespace

void llm_worker_state::give_up(std::string why) {
  upstream_failure failure;
  failure.code = ec::upstream_failed;
  failure.message = std::move(why);
  self->send(
      begin.owner, generation_broken{begin.request.turn, std::move(failure)});
}

void llm_worker_state::call_model() {
  const auto& agent = *begin.request.agent;
  auto backend = rt->backends.find(agent.provider);
  if (backend == rt->backends.end())
    return give_up(
        "The agent's provider \"" + agent.provider
        + "\" is not one that this server has.");
  auto request = begin.request;
  request.model = attempt.model;
  if (!agent.credential.empty()) {
    // At each attempt: a key that was replaced is not used once more.
    auto key = rt->vault.open(agent.credential);
    if (!key)
      return give_up(key.error().message);
    request.key = std::make_shared<const secret_text>(*key);
  }
  call = backend->second->start(
      std::move(request),
      std::make_shared<listener>(
          caf::actor_cast<llm_worker_actor>(self), attempt.attempt));
}

void llm_worker_state::take(const upstream_tokens& what) {
  if (what.attempt != attempt.attempt)
    return;
  had_tokens = true;
  self->send(begin.owner, tokens_arrived{begin.request.turn, what.tokens});
}

void llm_worker_state::take(const upstream_finished& what) {
  if (what.attempt != attempt.attempt)
    return;
  self->send(begin.owner, generation_finished{begin.request.turn, what.what});
}

void llm_worker_state::take(const upstream_broken& what) {
  if (what.attempt != attempt.attempt)
    return;
  auto next = had_tokens ? std::nullopt : plan.after(*what.what, rt->jitter());
  if (!next) {
    self->send(begin.owner, generation_broken{begin.request.turn, *what.what});
    return;
  }
  call.reset();
  generation_attempt_failed failed;
  failed.turn = begin.request.turn;
  failed.attempt = attempt.attempt;
  failed.code = to_string(what.what->code);
  failed.reason = what.what->message;
  failed.retry_in_ms = static_cast<std::uint32_t>(next->pause.count());
  self->send(
      begin.owner, attempt_failed{begin.request.turn, std::move(failed)});
  ++attempt.attempt;
  attempt.model = next->model;
  if (next->pause.count() == 0)
    announce_attempt(attempt.attempt);
  else
    self->delayed_send(self, next->pause, retry_due{attempt.attempt});
}

void llm_worker_state::announce_attempt(std::uint32_t number) {
  if (number == attempt.attempt)
    self->send(begin.owner, attempt_starting{begin.request.turn, attempt});
}

void llm_worker_state::cancel() {
  if (call)
    call->cancel();
  // A session would remember the worker of each turn.
  self->demonitor(begin.owner.address());
  self->quit();
}

llm_worker_actor::behavior_type llm_worker(
    llm_worker_actor::stateful_pointer<llm_worker_state> self, runtime_ptr rt,
    std::shared_ptr<llm_worker_start> start) {
  auto& state = self->state;
  state.rt = std::move(rt);
  state.begin = std::move(*start);
  state.plan = retry_plan{*state.begin.request.agent};
  state.attempt = state.begin.first;
  // A session that dies has nobody left to answer to.
  self->monitor(state.begin.owner);
  self->set_down_handler(
      [self](const caf::down_msg&) { self->state.cancel(); });
  state.call_model();
  return {
      [self](const attempt_recorded&) { self->state.call_model(); },
      [self](const grant_credit& credit) {
        if (self->state.call)
          self->state.call->grant(credit.bytes);
      },
      [self](const cancel_generation&) { self->state.cancel(); },
      [self](const upstream_tokens& what) { self->state.take(what); },
      [self](const upstream_finished& what) { self->state.take(what); },
      [self](const upstream_broken& what) { self->state.take(what); },
      [self](const retry_due& due) {
        self->state.announce_attempt(due.attempt);
      },
  };
}

} // namespace hansard
