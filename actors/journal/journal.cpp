#include "actors/journal/journal.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace hansard {

namespace {

bool has_only_tokens(const event_batch& batch) {
  return std::all_of(
      batch.items.begin(), batch.items.end(), [](const batch_item& item) {
        return std::holds_alternative<token_run>(item);
      });
}

} // namespace

void journal_state::take(append_job_ptr job, append_client_actor client) {
  bool writes = job->request.batch != nullptr;
  waiting.push_back({std::move(job), std::move(client), writes});
  if (waiting.size() >= max_group) {
    commit();
  } else if (!commit_is_due) {
    commit_is_due = true;
    self->send(self, commit_group{});
  }
}

void journal_state::take_seal(const write_seal& seal) {
  if (!*seal.seal)
    return;
  seals.push_back(std::move(*seal.seal));
  if (!commit_is_due) {
    commit_is_due = true;
    self->send(self, commit_group{});
  }
}

void journal_state::follow(const feed_client_actor& client) {
  self->monitor(client);
  followers.push_back({client});
  // The first notice tells the follower where the log stands, so that it
  // catches up from its checkpoint to here.
  followers.back().gap = true;
  send_to(followers.size() - 1);
}

void journal_state::feed(std::size_t index) {
  if (index >= followers.size())
    return;
  auto& to = followers[index];
  to.idle = true;
  if (to.due)
    send_to(index);
}

void journal_state::feed_all() {
  for (std::size_t i = 0; i < followers.size(); ++i) {
    auto& to = followers[i];
    to.due |= !to.kept.empty();
    if (to.idle && to.due)
      send_to(i);
  }
}

void journal_state::drop_follower(const caf::actor_addr& who) {
  // The slot stays, so that the indices of the others do.
  for (auto& f : followers) {
    if (f.client && f.client.address() == who) {
      f.client = nullptr;
      f.kept.clear();
    }
  }
}

void journal_state::commit() {
  commit_is_due = false;
  if (waiting.empty() && seals.empty())
    return;
  rt->metrics.journal_queue.Set(static_cast<double>(waiting.size()));
  requests.clear();
  for (auto& entry : waiting)
    if (entry.writes)
      requests.push_back(std::move(entry.job->request));
  std::vector<result<log_position>> outcomes(requests.size(), log_position{});

  auto begin = std::chrono::steady_clock::now();
  if (!requests.empty() || !seals.empty())
    rt->log.append(requests, outcomes, seals);
  if (!requests.empty()) {
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - begin;
    rt->metrics.commit_seconds.Observe(took.count());
    rt->metrics.commit_group_size.Observe(static_cast<double>(requests.size()));
  }
  seals.clear();
  settle(outcomes);
  publish();

  if (rt->log.failed() && !told_fatal) {
    told_fatal = true;
    rt->on_fatal(make_error(
        ec::storage_failed, "The event log failed. Nothing more is accepted; "
                            "look at the disk, then "
                            "start the server again."));
  }
}

void journal_state::settle(std::vector<result<log_position>>& outcomes) {
  std::size_t events = 0;
  std::size_t bytes = 0;
  std::size_t written = 0;
  for (auto& [job, client, writes] : waiting) {
    if (writes) {
      job->outcome = std::move(outcomes[written]);
      job->request = std::move(requests[written++]);
      if (job->outcome) {
        const auto& batch = job->request.batch;
        events += batch->size();
        bytes += job->request.encoded.size();
        fresh.push_back({batch, job->request.encoded.size()});
        // Before anyone is told: who has seen a turn end may begin another.
        rt->usage.fold(*batch);
      } else {
        rt->metrics.refused_appends.Increment();
      }
    }
    if (client)
      self->send(client, append_settled{std::move(job)});
  }
  rt->metrics.appended_events.Increment(static_cast<double>(events));
  rt->metrics.appended_bytes.Increment(static_cast<double>(bytes));
  waiting.clear();
}

void journal_state::publish() {
  if (fresh.empty())
    return;
  for (std::size_t i = 0; i < followers.size(); ++i) {
    auto& to = followers[i];
    if (!to.client)
      continue;
    if (!to.gap)
      keep(to);
    if (to.idle && to.due)
      send_to(i);
  }
  fresh.clear();
}

void journal_state::keep(follower& to) {
  for (const auto& [batch, bytes] : fresh) {
    to.kept_bytes += bytes;
    if (to.kept.size() == max_kept_batches
        || (!to.idle && to.kept_bytes > max_kept_bytes)) {
      to.gap = true;
      to.due = true;
      to.kept.clear();
      return;
    }
    to.kept.push_back(batch);
    to.kept_events += batch->size();
    to.due = to.due || to.kept_bytes > max_late_bytes
             || to.kept_events > max_late_events || !has_only_tokens(*batch);
  }
}

void journal_state::send_to(std::size_t index) {
  auto& to = followers[index];
  if (!to.client)
    return;
  to.idle = false;
  to.due = false;
  to.kept_bytes = 0;
  to.kept_events = 0;
  self->send(
      to.client, committed{
                     index, rt->log.head(), std::exchange(to.kept, {}),
                     std::exchange(to.gap, false)});
}

journal_actor::behavior_type
journal(journal_actor::stateful_pointer<journal_state> self, runtime_ptr rt) {
  self->state.rt = std::move(rt);
  self->set_down_handler([self](const caf::down_msg& down) {
    self->state.drop_follower(down.source);
  });
  // What was sent before the end is written before the end.
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    self->state.commit();
    self->quit(exit.reason);
  });
  return {
      [self](append_job_ptr& job, append_client_actor& client) {
        self->state.take(std::move(job), std::move(client));
      },
      [self](const write_seal& seal) { self->state.take_seal(seal); },
      [self](const feed_client_actor& client) { self->state.follow(client); },
      [self](const feed_more& more) { self->state.feed(more.feed); },
      [self](const feed_now&) { self->state.feed_all(); },
      [self](const commit_group&) { self->state.commit(); },
  };
}

} // namespace hansard
