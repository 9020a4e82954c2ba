#pragma once

#include "actors/messages.hpp"

#include <caf/typed_actor.hpp>

/// Every typed handle: the map of the system. Where an actor needs only a part
/// of another, it takes the smallest handle that has it.
namespace hansard {

/// One who appends: learns what became of each of its jobs, in their order.
using append_client_actor = caf::typed_actor<caf::reacts_to<append_settled>>;

/// One who follows the whole log.
using feed_client_actor = caf::typed_actor<caf::reacts_to<committed>>;

/// The JOURNAL: the only writer of the log. One per process, on its own thread.
using journal_actor = caf::typed_actor<
    // Makes a job durable, together with all others that wait; answers the
    // client with append_settled.
    caf::reacts_to<append_job_ptr, append_client_actor>,
    // Writes a sealed turn along with the next group.
    caf::reacts_to<write_seal>,
    // Sends every batch committed from now on to a follower, one `committed` at
    // a time, until it is DOWN. Batches of nothing but tokens wait for one with
    // more in it, or for feed_now.
    caf::reacts_to<feed_client_actor>, caf::reacts_to<feed_more>,
    caf::reacts_to<feed_now>,
    // INTERNAL: closes the open group.
    caf::reacts_to<commit_group>>;

using load_client_actor = caf::typed_actor<caf::reacts_to<session_loaded>>;
using page_client_actor = caf::typed_actor<caf::reacts_to<page_read>>;

/// A LOG READER: what blocks on reading the log, on a thread of its own.
using log_reader_actor = caf::typed_actor<
    // Folds a session from its stream.
    caf::reacts_to<load_session, load_client_actor>,
    // Reads a bounded page of a stream.
    caf::reacts_to<read_page, page_client_actor>,
    // Compresses the ended turns of a stream and hands them to the journal.
    caf::reacts_to<prepare_seal_of>>;

/// One who must know when a writer's client is gone.
using writer_owner_actor = caf::typed_actor<caf::reacts_to<writer_left>>;

/// An SSE WRITER: feeds one client with one turn, first from the log, then as
/// it is recorded.
using sse_writer_actor = caf::typed_actor<
    caf::reacts_to<live_batch>, caf::reacts_to<page_read>,
    caf::reacts_to<sink_drained>, caf::reacts_to<sink_closed>,
    // From the session actor that took over from one that died.
    caf::reacts_to<rejoined, writer_owner_actor>,
    // INTERNAL: asks its directory, or a log reader, once more.
    caf::reacts_to<rejoin_due>, caf::reacts_to<ask_reader_again>>;

/// A SESSION: the state machine of one conversation, and the only appender to
/// its stream.
using session_actor = caf::typed_actor<
    // From its directory, each counted for passivation.
    caf::reacts_to<begin_turn_ptr>, caf::reacts_to<attach_client_ptr>,
    caf::reacts_to<stop_running_turn_ptr>, caf::reacts_to<rename_session_ptr>,
    caf::reacts_to<look_at_session_ptr>, caf::reacts_to<interrupt_turn>,
    caf::reacts_to<hide_session_ptr>, caf::reacts_to<rejoin, sse_writer_actor>,
    caf::reacts_to<consider_passivation>,
    // From the log reader and the journal.
    caf::reacts_to<session_loaded>, caf::reacts_to<append_settled>,
    // From its LLM worker.
    caf::reacts_to<tokens_arrived>, caf::reacts_to<attempt_failed>,
    caf::reacts_to<attempt_starting>, caf::reacts_to<generation_finished>,
    caf::reacts_to<generation_broken>,
    // From its writers.
    caf::reacts_to<writer_left>,
    // INTERNAL: the grace of on_disconnect = cancel is over; a turn has waited
    // for long enough; the log reader died.
    caf::reacts_to<check_abandoned>, caf::reacts_to<queue_due>,
    caf::reacts_to<time_due>, caf::reacts_to<ask_reader_again>>;

/// An LLM WORKER: drives one turn's attempts at the model server.
using llm_worker_actor = caf::typed_actor<
    // From its session.
    caf::reacts_to<attempt_recorded>, caf::reacts_to<grant_credit>,
    caf::reacts_to<cancel_generation>,
    // From the backend, by way of the listener.
    caf::reacts_to<upstream_tokens>, caf::reacts_to<upstream_finished>,
    caf::reacts_to<upstream_broken>,
    // INTERNAL: the pause before another attempt is over.
    caf::reacts_to<retry_due>>;

/// A SESSION DIRECTORY: finds or wakes the session actor of an id, and lets
/// idle ones go. One per shard of the ids.
using session_directory_actor = caf::typed_actor<
    caf::reacts_to<begin_turn_ptr>, caf::reacts_to<attach_client_ptr>,
    caf::reacts_to<stop_running_turn_ptr>, caf::reacts_to<rename_session_ptr>,
    caf::reacts_to<look_at_session_ptr>, caf::reacts_to<interrupt_all>,
    caf::reacts_to<hide_session_ptr>, caf::reacts_to<rejoin, sse_writer_actor>,
    caf::reacts_to<request_passivation>,
    // INTERNAL: looks for idle sessions.
    caf::reacts_to<sweep>,
    // INTERNAL: looks for open turns that no session of this directory runs,
    // once the journal has settled what was sent before.
    caf::reacts_to<look_for_open_turns>, caf::reacts_to<append_settled>>;

/// A REQUEST CLAIM: finds or records what an idempotency key stands for, hands
/// the turn to its session, and is gone.
using request_claim_actor =
    caf::typed_actor<caf::reacts_to<page_read>, caf::reacts_to<append_settled>>;

/// A PROJECTOR: runs one projection: catches up, then follows the journal.
using projector_actor = caf::typed_actor<caf::reacts_to<committed>>;

/// The REGISTRAR: the only appender to the control stream.
using registrar_actor = caf::typed_actor<
    caf::reacts_to<control_command_ptr>, caf::reacts_to<append_settled>>;

/// The GATEKEEPER: lets a turn through to its session, or refuses and records
/// that; the only appender to the access stream. Fails closed.
using gatekeeper_actor = caf::typed_actor<
    caf::reacts_to<admit_turn_ptr>, caf::reacts_to<append_settled>,
    // From a session: records that a turn is refused, and tells it.
    caf::reacts_to<turn_away_ptr>,
    // INTERNAL: records how many refusals were not recorded one by one.
    caf::reacts_to<count_refusals>>;

/// The SUPERVISOR: starts the others, replaces those that die, ends them in
/// stages.
using supervisor_actor = caf::typed_actor<
    caf::reacts_to<begin_drain_ptr>,
    // INTERNAL: looks whether the running turns have ended; waits no longer
    // for those that are to end.
    caf::reacts_to<check_drain>, caf::reacts_to<stage_due>>;

} // namespace hansard
