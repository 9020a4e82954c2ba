#include "actors/session/sse_writer.hpp"

#include "events/slice.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

/// The transport's way to its writer; holds the writer alive until the
/// transport is gone.
class feedback : public sink_feedback {
public:
  explicit feedback(sse_writer_actor writer) : writer_(std::move(writer)) {}

  void drained() override { caf::anon_send(writer_, sink_drained{}); }
  void closed(stream_version last_sent, std::string reason) override {
    caf::anon_send(writer_, sink_closed{last_sent, std::move(reason)});
  }

private:
  sse_writer_actor writer_;
};

/// Where in `batch` the turn ends, after version `after`: the version of the
/// ending; 0: not here.
stream_version find_ending(const event_batch& batch, stream_version after) {
  stream_version found;
  for_each_single(batch, [&](stream_version version, const stamped_event& one) {
    if (version > after && ends_turn(*one.body))
      found = version;
    return found.value == 0;
  });
  return found;
}

} // namespace

sse_writer_state::~sse_writer_state() {
  if (!rt)
    return;
  rt->metrics.attached_clients.Decrement();
  if (rt->stopping)
    fail(make_error(ec::draining, "The server is going down."));
  else
    fail(make_error(
        ec::internal, "The stream was lost inside the server. Resume it from "
                      "the last id that you have."));
}

void sse_writer_state::fail(error why) {
  if (!std::exchange(ended, true))
    begin.sink->fail(std::move(why));
}

void sse_writer_state::start(sse_writer_start what) {
  begin = std::move(what);
  feed = subscription{begin.after};
  self->monitor(begin.owner);
  begin.sink->attached(
      std::make_shared<feedback>(caf::actor_cast<sse_writer_actor>(self)));
  rt->metrics.attached_clients.Increment();
  auto recent = std::exchange(begin.recent, {});
  bool reaches_back =
      begin.recorded <= begin.after
      || (!recent.empty()
          && recent.front()->first_version <= begin.after.next());
  if (!reaches_back) {
    // Nothing live comes before the log is read: a gap tells the subscription
    // to read.
    feed.block();
    run(feed.resume());
    return;
  }
  for (auto& batch : recent)
    run(feed.live(std::move(batch)));
}

void sse_writer_state::take(const live_batch& live) {
  if (!ended)
    run(feed.live(live.batch));
}

void sse_writer_state::take(const page_read& page) {
  forget_reader();
  if (ended)
    return;
  if (page.why) {
    fail(*page.why);
    return;
  }
  run(feed.page(page.batches, page.at_end));
}

void sse_writer_state::drained() {
  if (!ended)
    run(feed.resume());
}

void sse_writer_state::run(subscription::step step) {
  if (ended)
    return;
  for (auto& batch : step.deliver) {
    auto ending = find_ending(*batch, begin.after);
    // Nothing behind a turn's ending belongs to its stream.
    if (ending.value != 0)
      batch = first_of(batch, ending.next().value - batch->first_version.value);
    begin.sink->deliver(batch, begin.after, !step.from_log);
    begin.after = std::max(begin.after, batch->last_version());
    if (ending.value != 0) {
      ended = true;
      begin.sink->finish();
      return;
    }
  }
  if (begin.sink->backlog_bytes() > sink_high_water_bytes) {
    if (!feed.is_blocked())
      rt->metrics.writers_fell_behind.Increment();
    feed.block();
    return;
  }
  if (step.read_log)
    read_log();
}

void sse_writer_state::read_log() {
  auto stream = stream_of(begin.session);
  auto reader = rt->services.reader(stream);
  // None is left while the actors are being ended.
  if (!reader)
    return;
  if (reading_from != reader.address()) {
    forget_reader();
    reading_from = reader.address();
    self->monitor(reader);
  }
  self->send(
      reader, read_page{stream, begin.after.next()},
      caf::actor_cast<page_client_actor>(self));
}

void sse_writer_state::forget_reader() {
  if (reading_from)
    self->demonitor(std::exchange(reading_from, nullptr));
}

void sse_writer_state::somebody_died(const caf::actor_addr& who) {
  if (reading_from && reading_from == who) {
    // What it was asked for is still to be read.
    reading_from = nullptr;
    self->delayed_send(self, reader_pause, ask_reader_again{});
  } else {
    owner_died(who);
  }
}

void sse_writer_state::read_again() {
  // In between it may have asked another one.
  if (ended || reading_from)
    return;
  feed.block();
  run(feed.resume());
}

void sse_writer_state::closed(const sink_closed& how) {
  ended = true;
  forget_reader();
  if (begin.owner) {
    self->send(begin.owner, writer_left{begin.id, how.last_sent, how.reason});
    // A session with many clients over time would remember each.
    self->demonitor(begin.owner.address());
  }
  self->quit();
}

void sse_writer_state::give_up(error why) {
  fail(std::move(why));
  self->quit();
}

void sse_writer_state::owner_died(const caf::actor_addr& who) {
  if (!begin.owner || begin.owner.address() != who)
    return;
  begin.owner = nullptr;
  rejoins = 0;
  if (ended || rt->stopping)
    self->quit();
  else if (rt->log.failed())
    give_up(make_error(
        ec::storage_failed,
        "The server can't record anything more. Resume the stream from the "
        "last id that you have, once it is back."));
  else
    ask_to_rejoin();
}

void sse_writer_state::ask_to_rejoin() {
  if (begin.owner || ended)
    return;
  if (rt->stopping || ++rejoins > max_rejoins) {
    self->quit();
    return;
  }
  // The directory wakes the session again, which closes the open turn; that
  // ending is what the client waits for. Directory or session may die too
  // before they answer, so the writer asks until one does.
  self->send(
      rt->services.directory(begin.session),
      rejoin{begin.session, begin.turn, begin.by},
      caf::actor_cast<sse_writer_actor>(self));
  self->delayed_send(self, rejoin_pause, rejoin_due{});
}

void sse_writer_state::take_over(std::uint64_t id, writer_owner_actor owner) {
  if (begin.owner == owner)
    return;
  begin.id = id;
  begin.owner = std::move(owner);
  self->monitor(begin.owner);
  feed.block();
  run(feed.resume());
}

sse_writer_actor::behavior_type sse_writer(
    sse_writer_actor::stateful_pointer<sse_writer_state> self, runtime_ptr rt,
    std::shared_ptr<sse_writer_start> start) {
  self->state.rt = std::move(rt);
  self->set_down_handler([self](const caf::down_msg& down) {
    self->state.somebody_died(down.source);
  });
  self->state.start(std::move(*start));
  return {
      [self](const live_batch& live) { self->state.take(live); },
      [self](const page_read& page) { self->state.take(page); },
      [self](const sink_drained&) { self->state.drained(); },
      [self](const sink_closed& how) { self->state.closed(how); },
      [self](const rejoined& as, const writer_owner_actor& owner) {
        self->state.take_over(as.writer, owner);
      },
      [self](const rejoin_due&) { self->state.ask_to_rejoin(); },
      [self](const ask_reader_again&) { self->state.read_again(); },
  };
}

} // namespace hansard
