#pragma once

#include "actors/interfaces.hpp"
#include "actors/journal/append_pipeline.hpp"
#include "actors/runtime.hpp"

#include <deque>
#include <optional>

namespace hansard {

/// State of the registrar: takes one command at a time, decides against the
/// access directory, records, and only then lets the directory show it.
struct registrar_state {
  static inline const char* name = "registrar";

  explicit registrar_state(registrar_actor::pointer self) : self(self) {}

  void start(runtime_ptr runtime);
  void take(const control_command_ptr& command);
  void settled(const append_settled& done);
  void next();
  bool catch_up();
  /// The registrar is to end. Where the whole system does, the command that is
  /// on its way is answered first.
  void end(const caf::error& reason);

  /// Commands that wait; one more is refused.
  static constexpr std::size_t max_waiting = 1024;

  registrar_actor::pointer self;
  runtime_ptr rt;
  std::optional<append_pipeline> pipeline;
  std::deque<control_command_ptr> waiting;
  /// Whose event is in flight.
  control_command_ptr current;
  bool busy = false;
  /// It ends once nothing is on its way any more.
  bool ending = false;
};

/// Folds the control stream, from the access directory's version on, into the
/// directories. @returns format_too_new: there is an event that this program
/// does not know; it must not decide who may do what.
result<void> fold_control_stream(runtime& rt);

/// The REGISTRAR.
registrar_actor::behavior_type registrar(
    registrar_actor::stateful_pointer<registrar_state> self, runtime_ptr rt);

} // namespace hansard
