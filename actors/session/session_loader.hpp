#pragma once

#include "events/error.hpp"

#include <caf/actor_addr.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace hansard {

/// How far a session is with being loaded, and the commands that wait for it.
///
///   loading ──▶ closing a turn that was left open ──▶ ready
///      ▲ ╲────────────────────────────────────────────▶▲
///      │  ╲─▶ failed ─┐
///      └──────────────┘ while clients are attached
///
/// Plain state; the session's actor asks the log reader and tells it here.
class session_loader {
public:
  /// Gets nullptr, or why the session can't be loaded.
  using work = std::function<void(const error*)>;

  /// Commands that wait; one more is refused.
  static constexpr std::size_t max_waiting = 256;
  /// Loads until a stream stands still under a session that closes a turn.
  static constexpr int max_loads = 8;

  /// Does it at once where the session is ready or can't be; else later.
  void when_ready(work what);

  /// A load begins, for the first time or because the log knew better.
  void load();
  bool may_load_again() const { return loads_ < max_loads; }
  /// The ending of a turn that was left open is on its way.
  void close_turn() { phase_ = phase::closing; }
  /// Both: then does what waits.
  void succeed();
  void fail(error why);
  /// After a failure. @returns false: another try is due already.
  bool plan_retry();
  void retry();

  bool is_closing() const { return phase_ == phase::closing; }
  /// Why the session can't be loaded.
  const std::optional<error>& failure() const { return failure_; }
  /// Ready or failed.
  bool is_done() const {
    return phase_ == phase::ready || phase_ == phase::failed;
  }

  // The log reader that was asked and has not answered.
  void ask(caf::actor_addr reader) { asked_ = std::move(reader); }
  /// @returns who was asked; nobody is any more.
  caf::actor_addr answered();
  bool asked(const caf::actor_addr& whom) const {
    return asked_ && asked_ == whom;
  }

private:
  enum class phase { loading, closing, ready, failed };

  void do_waiting();

  phase phase_ = phase::loading;
  std::optional<error> failure_;
  int loads_ = 0;
  bool retry_is_due_ = false;
  caf::actor_addr asked_;
  std::vector<work> waiting_;
};

} // namespace hansard
