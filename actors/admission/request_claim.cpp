#include "actors/admission/request_claim.hpp"

#include "actors/journal/append_pipeline.hpp"
#include "actors/secrets/api_key.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

error lost_reader() {
  return make_error(
      ec::timed_out, "The server could not look the Idempotency-Key up. Send "
                     "the request again.");
}

} // namespace

stream_id claim_stream(std::string_view principal, std::string_view key) {
  // A DID holds no NUL: it is printable.
  std::string text{principal};
  text += '\0';
  text += key;
  auto digest = sha256(text);
  stream_id stream;
  auto rest =
      std::copy(claim_prefix.begin(), claim_prefix.end(), stream.bytes.begin());
  std::copy_n(digest.begin(), stream.bytes.end() - rest, rest);
  return stream;
}

void request_claim_state::start(runtime_ptr runtime, begin_turn_ptr what) {
  rt = std::move(runtime);
  begin = std::move(what);
  const auto& command = begin->command;
  stream = claim_stream(command.who.user, command.key->text);
  read();
}

void request_claim_state::read() {
  if (++reads > max_reads) {
    refuse(lost_reader());
    return;
  }
  auto reader = rt->services.reader(stream);
  // None is left while the actors are being ended.
  if (!reader) {
    refuse(going_down());
    return;
  }
  reading_from = reader.address();
  self->monitor(reader);
  self->send(
      reader, read_page{stream, last.next()},
      caf::actor_cast<page_client_actor>(self));
}

void request_claim_state::take(const page_read& page) {
  // A reader would remember everyone who ever asked it.
  self->demonitor(reading_from);
  if (page.why) {
    refuse(*page.why);
    return;
  }
  for (const auto& batch : page.batches)
    batch->for_each([this](const recorded_event& e) {
      if (auto* claimed = std::get_if<request_claimed>(&e.body)) {
        newest = *claimed;
        claimed_at = e.at;
      }
      last = e.version;
    });
  if (page.at_end)
    decide();
  else
    read();
}

void request_claim_state::decide() {
  if (!newest || rt->clock() - claimed_at >= claim_life) {
    claim();
    return;
  }
  const auto& command = begin->command;
  if (newest->by.principal != command.who.user
      || newest->key != command.key->text) {
    refuse(make_error(
        ec::internal,
        "The Idempotency-Key can't be told from another one. Take another."));
    return;
  }
  if (newest->body_sha256 != command.key->body_sha256) {
    refuse(make_error(
        ec::idempotency_conflict,
        "This Idempotency-Key was sent with another body in the last 24 "
        "hours. Take a new key for a new request."));
    return;
  }
  begin->session = newest->session;
  begin->turn = newest->turn;
  begin->fresh = false;
  hand_over();
}

void request_claim_state::claim() {
  const auto& command = begin->command;
  request_claimed claimed;
  claimed.by = cause{command.who.user, command.request};
  claimed.key = command.key->text;
  claimed.body_sha256 = command.key->body_sha256;
  claimed.session = begin->session;
  claimed.turn = begin->turn;
  append_pipeline pipeline{stream, last};
  pipeline.stage(rt->clock(), std::move(claimed));
  self->send(
      rt->services.journal(), pipeline.next(),
      caf::actor_cast<append_client_actor>(self));
}

void request_claim_state::settled(const append_settled& done) {
  const auto& outcome = done.job->outcome;
  if (outcome)
    hand_over();
  else if (outcome.error().code == ec::wrong_expected_version)
    read();
  else
    refuse(outcome.error());
}

void request_claim_state::hand_over() {
  self->send(rt->services.directory(begin->session), begin);
  self->quit();
}

void request_claim_state::refuse(error why) {
  begin->answer(std::move(why));
  self->quit();
}

void request_claim_state::somebody_died() { refuse(lost_reader()); }

request_claim_actor::behavior_type request_claim(
    request_claim_actor::stateful_pointer<request_claim_state> self,
    runtime_ptr rt, begin_turn_ptr begin) {
  self->set_down_handler(
      [self](const caf::down_msg&) { self->state.somebody_died(); });
  self->state.start(std::move(rt), std::move(begin));
  return {
      [self](const page_read& page) { self->state.take(page); },
      [self](const append_settled& done) { self->state.settled(done); },
  };
}

} // namespace hansard
