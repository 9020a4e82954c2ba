#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"

#include <chrono>
#include <unordered_map>

namespace hansard {

/// State of a session directory.
///
/// Passivation: the directory asks a session that had no command for a while;
/// an idle one answers with the number of commands that it has taken. Only if
/// the directory has sent no more is it let go, so no command can meet an
/// actor that is leaving, and none needs to be buffered.
struct session_directory_state {
  static inline const char* name = "session_directory";

  explicit session_directory_state(session_directory_actor::pointer self)
      : self(self) {}

  /// The session's actor, woken if it sleeps; counts one command for it.
  session_actor& find(const session_id& id, bool fresh = false);
  void let_go(const request_passivation& request);
  void look_for_idle();
  void somebody_died(const caf::down_msg& down);
  void interrupt(const interrupt_all& why);
  void end_all();

  struct entry {
    session_actor actor;
    std::uint64_t forwarded = 0;
    std::chrono::steady_clock::time_point last_command;
  };

  session_directory_actor::pointer self;
  runtime_ptr rt;
  std::unordered_map<session_id, entry> sessions;
  std::unordered_map<caf::actor_id, session_id> ids;
  bool sweep_is_due = false;
};

/// A SESSION DIRECTORY.
session_directory_actor::behavior_type session_directory(
    session_directory_actor::stateful_pointer<session_directory_state> self,
    runtime_ptr rt);

} // namespace hansard
