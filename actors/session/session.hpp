#pragma once

#include "actors/interfaces.hpp"
#include "actors/journal/append_pipeline.hpp"
#include "actors/runtime.hpp"
#include "actors/session/attached_clients.hpp"
#include "actors/session/running_turn.hpp"
#include "actors/session/session_loader.hpp"
#include "actors/session/turn_queue.hpp"
#include "events/session/session_commands.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// State of a session actor: a thin shell around decide() and apply().
///
///   command ─▶ decide() ─▶ pipeline ─▶ journal ─▶ apply() ─▶ reply, clients
///
/// Nothing is applied, answered or shown before it is durable. The turn runs
/// from the moment its events are staged until its ending is durable; in
/// between another one is refused, waits in the queue, or ends it first, as it
/// says.
///
/// What a session knows is in plain classes, each with a rule of its own; here
/// is only who is told what, and when.
struct session_shell {
  static inline const char* name = "session";

  explicit session_shell(session_actor::pointer self) : self(self) {}
  ~session_shell();

  /// @param fresh the id is new: there is nothing to load.
  void start(runtime_ptr rt, session_id id, bool fresh);

  // What a directory sends, once the session is loaded (commands.cpp; begin():
  // begin.cpp).
  void begin(const begin_turn_ptr& what);
  void attach(const attach_client_ptr& what);
  void stop(const stop_running_turn_ptr& what);
  void rename(const rename_session_ptr& what);
  void hide(const hide_session_ptr& what);
  // And what waits for no load.
  void look(const look_at_session& what) const;
  void rejoin_writer(const rejoin& what, const sse_writer_actor& writer);
  void interrupt(const std::string& reason);
  void consider_leaving();

  // What the turn's worker sends (turn.cpp).
  void take(const tokens_arrived& what);
  void take(const attempt_failed& what);
  void take(const attempt_starting& what);
  void take(const generation_finished& what);
  void take(const generation_broken& what);

  // What the log reader and the journal send (session.cpp).
  void loaded(const session_loaded& what);
  void settled(const append_settled& done);

  /// The session is to end. Where the whole system does, what is on its way is
  /// recorded first.
  void end(const caf::error& reason);

  // Others that leave, and times that are up.
  void writer_gone(const writer_left& how);
  void somebody_died(const caf::down_msg& down);
  void check_abandonment(const check_abandoned& check);
  void stop_waiting(const turn_id& which);
  void load_again();

  /// Counts a command, and does it once the session is loaded; or answers why
  /// that can't be.
  template <class Command>
  void
  command(const Command& what, void (session_shell::*act)(const Command&)) {
    ++handled;
    loader.when_ready([this, what, act](const error* why) {
      if (why)
        what->answer(*why);
      else
        (this->*act)(what);
    });
  }

  // Loading and recording (session.cpp).
  void ask_reader();
  void load_later();
  void close_open_turn();
  void leave_if_unknown();
  /// Stages what was decided; the caller flushes.
  void record(std::vector<event> events);
  void flush();
  void publish(const batch_ptr& batch);
  void die(const error& why);
  bool is_idle() const;
  /// What is on its way to the record, for decide().
  session_outlook outlook() const;

  // How a turn begins (begin.cpp).
  bool follows_same_request(const begin_turn_ptr& what);
  void meet_running_turn(const begin_turn_ptr& what);
  void guard_then_start(const begin_turn_ptr& what, std::vector<event> events);
  void start_turn_now(
      const begin_turn_ptr& what, std::vector<event> events,
      std::unique_ptr<turn_guard> guard);
  void run_worker(const generation_started& first);
  void
  watch_time(const turn_id& which, std::chrono::steady_clock::time_point until);
  void interrupt_for(const begin_turn& next);
  void begin_next();

  // Who is turned away (admission.cpp). Both return false where a policy
  // refuses.
  /// Judges a command that the gatekeeper left to its session.
  bool reserve(const begin_turn_ptr& what);
  /// Judges the budgets with the whole prompt, and puts the terms of admission
  /// into the turn's first events.
  bool fit_to_budgets(const begin_turn_ptr& what, std::vector<event>& events);
  void refuse_by_guardrail(
      const begin_turn_ptr& what, std::vector<event> found, error why);
  /// @param before what led to it.
  void turn_off(
      const begin_turn_ptr& what, turn_refused refused, error why,
      std::vector<event> before = {});

  // How it ends (turn.cpp).
  /// The turn runs, and is this one: what its worker says counts.
  bool takes(const turn_id& which) const {
    return turn && !turn->ends() && turn->id() == which;
  }
  /// Stages the ending of the running turn, and lets its worker go.
  void end_turn(event how);
  void turn_ended(const event& how);

  // What is refused beyond: commands that wait for a load, clients, turns that
  // wait.
  static constexpr auto max_waiting = session_loader::max_waiting;
  static constexpr auto max_writers = attached_clients::max_clients;
  static constexpr auto max_queued = turn_queue::max_turns;
  /// Between a load that failed and the next, while clients are attached.
  static constexpr std::chrono::seconds load_pause{1};

  session_actor::pointer self;
  runtime_ptr rt;
  session_id id;
  session_loader loader;
  /// What is recorded. This and the pipeline: nullopt until loaded.
  std::optional<session_state> model;
  std::optional<append_pipeline> pipeline;
  std::optional<running_turn> turn;
  turn_queue queue;
  attached_clients clients;
  /// Titles that are on their way to the log, oldest first.
  std::deque<std::string> coming_titles;
  /// session_deleted is on its way, or recorded: nobody changes anything.
  bool hidden = false;
  /// It ends once nothing is on its way any more.
  bool ending = false;
  /// Commands taken from the directory, for passivation.
  std::uint64_t handled = 0;
};

/// A SESSION.
session_actor::behavior_type session(
    session_actor::stateful_pointer<session_shell> self, runtime_ptr rt,
    session_id id, bool fresh);

} // namespace hansard
