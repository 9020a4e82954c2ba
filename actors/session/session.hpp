#pragma once

#include "actors/admission/turn_slot.hpp"
#include "actors/guardrails/turn_guard.hpp"
#include "actors/interfaces.hpp"
#include "actors/journal/append_pipeline.hpp"
#include "actors/runtime.hpp"
#include "events/session/session_model.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace hansard {

struct agent_guards;

/// State of a session actor: a thin shell around decide() and apply().
///
///   command ─▶ decide() ─▶ pipeline ─▶ journal ─▶ apply() ─▶ reply, writers
///
/// Nothing is applied, answered or shown before it is durable. The turn runs
/// from the moment its events are staged until its ending is durable; in
/// between another begin_turn is refused, waits in the queue, or ends it first,
/// as it says.
struct session_shell {
  static inline const char* name = "session";

  explicit session_shell(session_actor::pointer self);
  ~session_shell();

  /// @param fresh the id is new: there is nothing to load.
  void start(runtime_ptr rt, session_id id, bool fresh);

  // Turns that are to begin, by way of the directory (session_queue.cpp).
  void begin(const begin_turn_ptr& what);
  void begin_next();
  void stop_waiting(const turn_id& which);

  // Other commands, likewise (session_commands.cpp).
  void look(const look_at_session& what) const;
  void attach(const attach_client_ptr& what);
  void stop(const stop_running_turn_ptr& what);
  void rename(const rename_session_ptr& what);
  void hide(const hide_session_ptr& what);
  void rejoin_writer(const rejoin& what, const sse_writer_actor& writer);
  void consider_leaving();

  // The running turn (session_turn.cpp).
  void take(const tokens_arrived& what);
  void take(const attempt_failed& what);
  void take(const attempt_starting& what);
  void take(const generation_finished& what);
  void take(const generation_broken& what);
  void interrupt(const std::string& reason);
  void check_abandonment(const check_abandoned& check);

  // Recording (session.cpp).
  void loaded(const session_loaded& what);
  void settled(const append_settled& done);
  void load_now();
  void ask_reader();
  void load_later();
  void ask_reader_once_more();
  void die(const error& why);

  // Others that end.
  void writer_gone(const writer_left& how);
  void somebody_died(const caf::down_msg& down);

  struct writer {
    std::uint64_t id;
    sse_writer_actor actor;
    turn_id turn;
    cause by;
  };
  struct running_turn {
    turn_id turn;
    std::shared_ptr<const agent_record> agent;
    std::shared_ptr<turn_slot> slot;
    timestamp deadline;
    llm_worker_actor worker;
    /// Staged or durable; nothing follows it.
    bool ending_staged = false;
    std::uint64_t tokens = 0;
    /// nullptr: no guardrail looks at the answer.
    std::unique_ptr<turn_guard> guard;
    /// Recorded bytes that the worker was not told of yet.
    std::size_t credit = 0;
    std::optional<trace_context> trace{};
  };

  /// Runs `work` once the session is loaded, with nullptr, or with the reason
  /// why it can't be.
  void when_ready(std::function<void(const error*)> work);
  void become_ready();
  void flush();
  void publish(const batch_ptr& batch);

  void begin_now(const begin_turn_ptr& what);
  bool follows_same_request(const begin_turn_ptr& what);
  void meet_running_turn(const begin_turn_ptr& what);
  void enqueue(const begin_turn_ptr& what);
  void start_turn_now(
      const begin_turn_ptr& what, std::vector<event> events,
      std::unique_ptr<turn_guard> guard);
  void cancel_turn(cause by, std::string reason);
  void attach_now(const attach_client_ptr& what);
  void stop_now(const stop_running_turn_ptr& what);
  void rename_now(const rename_session_ptr& what);
  void hide_now(const hide_session_ptr& what);
  bool may_change(const principal& who) const;
  /// What the title will be once all that was staged is durable.
  const std::string& newest_title() const;
  // Both return false where a policy refuses, and turn the command away.
  /// Judges a command that the gatekeeper left to its session.
  bool reserve(const begin_turn_ptr& what);
  /// Judges the budgets with the whole prompt, and puts the terms of admission
  /// into the turn's first events.
  bool fit_to_budgets(const begin_turn_ptr& what, std::vector<event>& events);
  /// @param before what led to it.
  void turn_off(
      const begin_turn_ptr& what, turn_refused refused, error why,
      std::vector<event> before = {});
  void run_worker(const generation_started& first);

  // Guardrails (session_guard.cpp).
  void guard_then_start(const begin_turn_ptr& what, std::vector<event> events);
  /// Adds to a turn's first events what its guardrails found. @returns why the
  /// turn can't begin; `events` is then what there is to record of that.
  std::optional<error>
  guard_input(const agent_guards& guards, std::vector<event>& events);
  void refuse_by_guardrail(
      const begin_turn_ptr& what, std::vector<event> found, error why);
  /// Both: @returns false: the answer ended here.
  bool stage_tokens(const token_run& run);
  bool stage_guarded(turn_guard::step step, const token_usage& usage = {});
  generation_completed cut_by_guardrail(const token_usage& usage) const;
  /// Lets go of what is held, and makes the ending that of a block in there.
  void close_guard(event& how);

  void end_turn(const event& how);
  void stage_ending(event how);
  void cut_at_time_limit();
  token_usage usage_or_estimate(const token_usage& usage) const;
  bool takes(const turn_id& which) const {
    return turn && !turn->ending_staged && turn->turn == which;
  }
  bool is_idle() const;

  /// Commands that wait for a load; one more is refused.
  static constexpr std::size_t max_waiting = 256;
  /// Turns that wait for the running one; one more is refused.
  static constexpr std::size_t max_queued = 8;
  /// Loads until a stream stands still under a session that closes a turn.
  static constexpr int max_loads = 8;
  /// Between a load that failed and the next, while clients are attached.
  static constexpr std::chrono::seconds load_pause{1};
  /// Clients of one session; one more is refused.
  static constexpr std::size_t max_writers = 4096;
  /// Batches of the running turn kept for clients that attach.
  static constexpr std::size_t max_recent = 32;

  session_actor::pointer self;
  runtime_ptr rt;
  session_id id;
  /// nullopt until loaded.
  std::optional<session_state> model;
  std::optional<error> load_error;
  /// The ending of a turn that its session left open is on its way.
  bool closing = false;
  int loads = 0;
  bool load_is_due = false;
  /// The log reader that was asked and has not answered.
  caf::actor_addr loading_from;
  std::vector<std::function<void(const error*)>> waiting;
  std::optional<append_pipeline> pipeline;
  std::optional<running_turn> turn;
  /// Those that interrupt first, then in the order in which they came.
  std::deque<begin_turn_ptr> queue;
  std::vector<writer> writers;
  std::uint64_t last_writer = 0;
  /// Times that the last client left.
  std::uint64_t departures = 0;
  std::deque<batch_ptr> recent;
  /// Titles that are on their way to the log, oldest first.
  std::deque<std::string> coming_titles;
  /// session_deleted is on its way, or recorded: nobody changes anything.
  bool hidden = false;
  /// Commands taken from the directory, for passivation.
  std::uint64_t handled = 0;
};

/// A SESSION.
session_actor::behavior_type session(
    session_actor::stateful_pointer<session_shell> self, runtime_ptr rt,
    session_id id, bool fresh);

} // namespace hansard
