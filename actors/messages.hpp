#pragma once

#include "actors/commands.hpp"
#include "actors/fwd.hpp"
#include "actors/llm_backend.hpp"
#include "actors/precondition.hpp"
#include "actors/reply.hpp"
#include "actors/stream_sink.hpp"
#include "events/batch.hpp"
#include "events/session/session_model.hpp"
#include "storage/event_log.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the actors say to each other: commands in the imperative, notices as
/// facts. All of it stays in this process, so payloads travel as shared
/// pointers and nothing is serialised. interfaces.hpp says who takes what.
namespace hansard {

/// A group of events on its way through the journal. The appender fills it,
/// the journal answers it; nobody else looks at it. Without a batch it writes
/// nothing, and is settled once everything that was sent before it is.
struct append_job {
  append_request request;
  /// Set by the journal: the position of the last event, or why not.
  result<log_position> outcome = log_position{};
  std::chrono::steady_clock::time_point submitted;
};
using append_job_ptr = std::shared_ptr<append_job>;

// Journal.

/// "These are durable", or "they are not": the answer to an append_job.
struct append_settled {
  append_job_ptr job;
};
/// INTERNAL: closes the open group.
struct commit_group {};
struct write_seal {
  /// In a shared_ptr because messages must be copyable; the journal empties it.
  std::shared_ptr<std::unique_ptr<prepared_seal>> seal;
};
/// "I folded what you sent; more, please."
struct feed_more {
  std::size_t feed;
};
/// "Somebody waits for the projections": sends followers what was kept.
struct feed_now {};
/// To a projector: everything committed since its last feed_more.
struct committed {
  std::size_t feed;
  log_position head;
  std::vector<batch_ptr> batches;
  /// Some batches were dropped, because the projector was too slow to take
  /// them: read the log from the checkpoint.
  bool gap = false;
};

// Log reader.

struct load_session {
  session_id id;
};
struct session_loaded {
  /// nullptr: `why` tells.
  std::shared_ptr<session_state> state;
  std::optional<error> why;
};
struct read_page {
  stream_id stream;
  stream_version from;
};
struct page_read {
  std::vector<batch_ptr> batches;
  /// The page ends where the stream ended when it was read.
  bool at_end = false;
  std::optional<error> why;
};
struct prepare_seal_of {
  stream_id stream;
};

/// INTERNAL, of those who read: the reader died, and the request with it.
struct ask_reader_again {};

/// How long they wait for another reader to be there.
inline constexpr std::chrono::milliseconds reader_pause{250};

// Session directory and session. Commands for a session go to its directory.

struct begin_turn {
  turn_command command;
  std::string basis;
  std::shared_ptr<const agent_record> agent;
  session_id session;
  turn_id turn;
  /// The session's id is new: there is nothing to load.
  bool fresh = false;
  /// Makes room for the turn as long as somebody holds it.
  std::shared_ptr<turn_slot> slot;
  /// What the policies allow it.
  std::shared_ptr<turn_admission> admission;
  reply<turn_ticket> answer;
};
using begin_turn_ptr = std::shared_ptr<begin_turn>;
struct attach_client {
  attach_command command;
  reply<attach_ticket> answer;
};
using attach_client_ptr = std::shared_ptr<attach_client>;
struct stop_running_turn {
  stop_command command;
  reply<stop_ticket> answer;
};
using stop_running_turn_ptr = std::shared_ptr<stop_running_turn>;
struct rename_session {
  principal who;
  std::string request;
  session_id session;
  std::string title;
  precondition expected;
  reply<stream_version> answer;
};
using rename_session_ptr = std::shared_ptr<rename_session>;
struct hide_session {
  principal who;
  std::string request;
  session_id session;
  precondition expected;
  reply<std::monostate> answer;
};
using hide_session_ptr = std::shared_ptr<hide_session>;

struct look_at_session {
  session_id session;
  reply<session_activity> answer;
};
using look_at_session_ptr = std::shared_ptr<look_at_session>;

/// INTERNAL: a turn has waited for long enough.
struct queue_due {
  turn_id turn;
};

/// INTERNAL: whether a turn has run for as long as it may.
struct time_due {
  turn_id turn;
  /// By the actors' clock.
  std::chrono::steady_clock::time_point until;
};

/// From a session's directory: are you idle? If so, ask to leave.
struct consider_passivation {};
/// From a session: idle, having taken `handled` commands. Granted only if the
/// directory has sent no more.
struct request_passivation {
  session_id session;
  std::uint64_t handled;
};
/// INTERNAL: the directory looks for idle sessions.
struct sweep {};
/// INTERNAL: the directory looks for open turns that nobody runs.
struct look_for_open_turns {};
/// "End your turn as interrupted."
struct interrupt_turn {
  std::string reason;
};
/// To all sessions of a shard.
struct interrupt_all {
  std::string reason;
};

// LLM worker, to its session.

struct tokens_arrived {
  turn_id turn;
  std::shared_ptr<const token_run> tokens;
};
/// An attempt failed before its first token, and another follows.
struct attempt_failed {
  turn_id turn;
  generation_attempt_failed what;
};
/// The next attempt waits until this is recorded.
struct attempt_starting {
  turn_id turn;
  generation_started what;
};
struct generation_finished {
  turn_id turn;
  std::shared_ptr<const upstream_finish> what;
};
struct generation_broken {
  turn_id turn;
  upstream_failure what;
};

// Session, to its LLM worker.

struct attempt_recorded {};
struct grant_credit {
  std::size_t bytes;
};
struct cancel_generation {};

// Upstream listener, to the LLM worker. `attempt` tells late calls of an
// abandoned attempt from the current one's.

struct upstream_tokens {
  std::uint32_t attempt;
  std::shared_ptr<const token_run> tokens;
};
struct upstream_finished {
  std::uint32_t attempt;
  std::shared_ptr<const upstream_finish> what;
};
struct upstream_broken {
  std::uint32_t attempt;
  std::shared_ptr<const upstream_failure> what;
};
/// INTERNAL: the pause before another attempt is over.
struct retry_due {
  std::uint32_t attempt;
};

// SSE writer.

/// Session, to its writers: durable events.
struct live_batch {
  batch_ptr batch;
};
/// A transport, to its writer.
struct sink_drained {};
struct sink_closed {
  stream_version last_sent;
  std::string reason;
};
/// A writer, to its session: the client is gone.
struct writer_left {
  std::uint64_t writer;
  stream_version last_sent;
  std::string reason;
};
/// INTERNAL: whether a client left a turn alone that is to be cancelled then.
struct check_abandoned {
  turn_id turn;
  /// Which time it was that the last client left.
  std::uint64_t departure;
};
/// A writer whose session actor died: feed me again, after this version.
struct rejoin {
  session_id session;
  turn_id turn;
  cause by;
};

/// INTERNAL: nobody has taken the writer over yet.
struct rejoin_due {};

/// To such a writer: here you are `writer`; what you missed is in the log.
struct rejoined {
  std::uint64_t writer;
};

// Registrar.

struct control_command {
  /// Looks at the directory and says what to record, all of it or nothing; or
  /// refuses.
  std::function<result<std::vector<event>>(const access_directory&)> decide;
  /// Called once that is durable and visible, or with the refusal.
  std::function<void(result<void>)> done;
};
using control_command_ptr = std::shared_ptr<control_command>;

// Gatekeeper.

struct admit_turn {
  turn_command command;
  reply<turn_ticket> answer;
};
using admit_turn_ptr = std::shared_ptr<admit_turn>;
/// From a session: a turn that was let in and then refused after all.
struct turn_away {
  /// What led to it.
  std::vector<event> before;
  turn_refused what;
  error why;
  reply<turn_ticket> answer;
};
using turn_away_ptr = std::shared_ptr<turn_away>;
/// INTERNAL: a window of refusals is over.
struct count_refusals {};

// Supervisor.

struct begin_drain {
  std::chrono::milliseconds deadline;
  reply<std::monostate> answer;
};
using begin_drain_ptr = std::shared_ptr<begin_drain>;
/// INTERNAL: have the running turns ended?
struct check_drain {};
/// INTERNAL: a stage of the end has had its time.
struct stage_due {
  std::size_t stage;
};

} // namespace hansard

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::append_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::append_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::commit_group)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::write_seal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::feed_more)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::feed_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::load_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::session_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::read_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::page_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::prepare_seal_of)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::ask_reader_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::begin_turn_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::attach_client_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::stop_running_turn_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::rename_session_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::look_at_session_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::queue_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::time_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::consider_passivation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::request_passivation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::look_for_open_turns)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::interrupt_turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::interrupt_all)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::tokens_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::attempt_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::attempt_starting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::generation_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::generation_broken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::attempt_recorded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::grant_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::cancel_generation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::upstream_tokens)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::upstream_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::upstream_broken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::retry_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::live_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::sink_drained)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::sink_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::writer_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::check_abandoned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::rejoin)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::rejoin_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::rejoined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::control_command_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::admit_turn_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::hide_session_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::turn_away_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::count_refusals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::begin_drain_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::check_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hansard::stage_due)
