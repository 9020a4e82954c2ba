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
  /// However the directory ends, its sessions end with it: the next one would
  /// not know of them.
  ~session_directory_state();

  void start(runtime_ptr runtime, std::size_t which);

  /// The session's actor, woken if it sleeps; counts one command for it. Null
  /// while the directory ends.
  session_actor find(const session_id& id, bool fresh = false);
  void look_at(const look_at_session_ptr& what);
  void let_go(const request_passivation& request);
  void look_for_idle();
  void somebody_died(const caf::down_msg& down);
  void interrupt(const interrupt_all& why);
  /// The directory is to end. Where the whole system does, its sessions end
  /// first, each in its own time.
  void end(const caf::error& reason);
  void ask_journal();
  void wake_those_with_open_turns();

  struct entry {
    session_actor actor;
    std::uint64_t forwarded = 0;
    /// Times in a row that it died before it got a command.
    int revivals = 0;
    /// By the actor clock.
    std::chrono::steady_clock::time_point last_command;
  };

  session_directory_actor::pointer self;
  runtime_ptr rt;
  std::size_t shard = 0;
  std::unordered_map<session_id, entry> sessions;
  std::unordered_map<caf::actor_id, session_id> ids;
  bool sweep_is_due = false;
  /// It ends with the last of its sessions.
  bool ending = false;

  static constexpr int max_revivals = 5;
  /// Turns that are open though no session of theirs is in memory (their
  /// directory died, say) are looked for and closed. By the first look the
  /// sessions of a directory before this one have ended.
  static constexpr std::chrono::seconds first_look{1};
  static constexpr std::chrono::seconds look_period{30};
};

/// A SESSION DIRECTORY.
/// @param shard its number among the directories.
session_directory_actor::behavior_type session_directory(
    session_directory_actor::stateful_pointer<session_directory_state> self,
    runtime_ptr rt, std::size_t shard);

} // namespace hansard
