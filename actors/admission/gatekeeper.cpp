#include "actors/admission/gatekeeper.hpp"

#include "actors/admission/request_claim.hpp"
#include "actors/admission/turn_admission.hpp"
#include "actors/admission/turn_slot.hpp"
#include "events/text/log_text.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace hansard {

void gatekeeper_state::start(runtime_ptr runtime) {
  rt = std::move(runtime);
  auto last = rt->log.version_of(access_stream);
  if (last)
    pipeline.emplace(access_stream, *last);
  else
    spdlog::error(
        "event=access_stream_unreadable reason={}",
        loggable(last.error().message));
}

std::optional<error> gatekeeper_state::no_room() {
  if (rt->draining)
    return going_down();
  if (rt->log.failed())
    return make_error(
        ec::storage_failed,
        "The server can't record anything at the moment, so "
        "it takes nothing. Tell its operator.");
  auto now = self->clock().now();
  if (!looked_at_disk || now - *looked_at_disk >= free_space_age) {
    looked_at_disk = now;
    auto free = rt->log.free_bytes();
    disk_has_room = !free || *free >= rt->options.min_free_bytes;
  }
  if (!disk_has_room)
    return make_error(
        ec::storage_full,
        "The server's disk is nearly full, so it takes nothing "
        "new. Tell its operator.");
  return std::nullopt;
}

void gatekeeper_state::admit(const admit_turn_ptr& what) {
  const auto& command = what->command;
  if (auto why = no_room()) {
    what->answer(*why);
    return;
  }
  auto agent = rt->access.find_agent(command.agent);
  if (!agent || agent->retired) {
    refuse(
        what,
        make_error(
            ec::not_found, "There is no such agent. List them with GET "
                           "/api/agents."),
        "agent");
    return;
  }
  if (command.who.role == user_role::auditor) {
    refuse(
        what, make_error(ec::forbidden, "Auditors read; they do not chat."),
        "role");
    return;
  }
  auto basis =
      rt->access.basis_for(command.who, command.agent, "chat", rt->clock());
  if (!basis) {
    refuse(
        what,
        make_error(
            ec::forbidden, "You have no grant to chat with this agent. Ask "
                           "an administrator for one."),
        "grant");
    return;
  }
  auto slot = turn_slot::take(rt);
  if (!slot) {
    what->answer(make_error(
        ec::overloaded, "Too many answers are being generated. Try again in a "
                        "moment."));
    return;
  }
  // Once more, with the slot taken: a drain that began meanwhile waits for it,
  // or is seen here.
  if (rt->draining) {
    what->answer(*no_room());
    return;
  }
  turn_id turn{rt->new_id()};
  std::shared_ptr<turn_admission> admission;
  // One that may repeat another is judged by its session, which knows: the
  // answer to a request that was let in is not withheld for a limit.
  if (!command.key) {
    auto asked = turn_admission::ask(rt, turn, command, agent);
    if (asked.refused) {
      refuse(asked.event(command), to_error(*asked.refused), what->answer);
      return;
    }
    admission = std::move(asked.admission);
    agent = admission->agent();
  }
  auto begin = std::make_shared<begin_turn>();
  begin->session =
      command.session ? *command.session : session_id{rt->new_id()};
  begin->fresh = !command.session;
  begin->command = std::move(what->command);
  begin->basis = std::move(*basis);
  begin->turn = turn;
  begin->agent = std::move(agent);
  begin->admission = std::move(admission);
  begin->slot = std::move(slot);
  begin->answer = what->answer;
  if (begin->command.key) {
    self->spawn(request_claim, rt, begin_turn_ptr(std::move(begin)));
    return;
  }
  auto directory = rt->services.directory(begin->session);
  self->send(directory, begin_turn_ptr(std::move(begin)));
}

void gatekeeper_state::refuse(
    const admit_turn_ptr& what, error why, std::string_view rule) {
  auto refused = refusal_event(what->command, why, rule, {});
  refuse(std::move(refused), std::move(why), what->answer);
}

void gatekeeper_state::refuse(
    turn_refused what, error why, const reply<turn_ticket>& answer,
    std::vector<event> before) {
  rt->metrics.refused_turns.Increment();
  if (sampler.empty())
    self->delayed_send(self, refusal_sampler::window, count_refusals{});
  const auto& who = what.by.principal;
  if (!sampler.count(who, what.code, what.rule, rt->clock())) {
    answer(std::move(why));
    return;
  }
  if (!pipeline || unrecorded >= max_unrecorded) {
    sampler.not_recorded(who, what.code, what.rule);
    rt->metrics.unrecorded_refusals.Increment();
    answer(std::move(why));
    return;
  }
  ++unrecorded;
  auto now = rt->clock();
  for (auto& e : before)
    pipeline->stage(now, std::move(e));
  pipeline->stage(now, std::move(what));
  // Refused either way; what could not be recorded is in the log of errors.
  pipeline->on_settled(
      [this, answer, why = std::move(why)](const result<log_position>&) {
        --unrecorded;
        answer(why);
      });
  flush();
}

void gatekeeper_state::count_refused() {
  auto now = rt->clock();
  auto counts = sampler.close(now);
  if (!pipeline || counts.empty())
    return;
  for (auto& one : counts)
    pipeline->stage(now, std::move(one));
  flush();
}

void gatekeeper_state::flush() {
  if (auto job = pipeline->next())
    self->send(
        rt->services.journal(), std::move(job),
        caf::actor_cast<append_client_actor>(self));
}

void gatekeeper_state::settled(const append_settled& done) {
  if (!done.job->outcome
      && done.job->outcome.error().code == ec::wrong_expected_version) {
    // A gatekeeper that died had an append on its way. Refusals depend on
    // nothing before them: they go behind it.
    if (auto last = rt->log.version_of(access_stream)) {
      pipeline->move_to(*last);
      done.job->request.expected = expected_version::exactly(*last);
      self->send(
          rt->services.journal(), done.job,
          caf::actor_cast<append_client_actor>(self));
      return;
    }
  }
  pipeline->settle(done, [](const batch_ptr&) {});
  if (!done.job->outcome)
    spdlog::error(
        "event=refusal_not_recorded reason={}",
        loggable(done.job->outcome.error().message));
  flush();
  if (ending && pipeline->idle())
    self->quit(caf::exit_reason::user_shutdown);
}

void gatekeeper_state::end(const caf::error& reason) {
  if (ending || !rt->stopping || !pipeline) {
    self->quit(reason);
    return;
  }
  ending = true;
  count_refused();
  if (pipeline->idle())
    self->quit(reason);
}

gatekeeper_actor::behavior_type gatekeeper(
    gatekeeper_actor::stateful_pointer<gatekeeper_state> self, runtime_ptr rt) {
  self->set_exit_handler(
      [self](const caf::exit_msg& exit) { self->state.end(exit.reason); });
  self->state.start(std::move(rt));
  return {
      [self](const admit_turn_ptr& what) { self->state.admit(what); },
      [self](const append_settled& done) { self->state.settled(done); },
      [self](const turn_away_ptr& what) {
        self->state.refuse(what->what, what->why, what->answer, what->before);
      },
      [self](const count_refusals&) { self->state.count_refused(); },
  };
}

} // namespace hansard
