#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hansard {

/// State of the supervisor. It starts the actors that live as long as the
/// process, puts a new one in the place of each that dies, and ends them in
/// stages: directories (with their sessions), gatekeeper and registrar,
/// projectors, log readers, and the journal last, once everything that was
/// sent to it is written. A stage begins when all of the one before it are
/// gone, or have had their time. The journal alone is not replaced: an append
/// whose fate is unknown ends the process.
struct supervisor_state {
  static inline const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}

  void start(runtime_ptr runtime);
  void somebody_died(const caf::down_msg& down);
  void drain(const begin_drain_ptr& order);
  void look_at_drain();
  void end_all(caf::error reason);
  void end_stage();
  void stage_is_due(std::size_t which);

  /// When a service ends: those who append before those whom they need.
  enum class stage : std::size_t {
    sessions,
    gates,
    projectors,
    readers,
    journal,
    none,
  };

  /// Starts one service with `spawn`, and again whenever it dies.
  void keep(std::string what, stage ends_in, std::function<caf::actor()> spawn);

  struct service {
    std::string what;
    stage ends_in;
    std::function<caf::actor()> spawn;
    /// Null: it is gone, and not replaced.
    caf::actor actor;
    std::vector<std::chrono::steady_clock::time_point> deaths;
  };

  /// A service that dies this often within a minute is broken for good.
  static constexpr std::size_t max_deaths_per_minute = 10;
  static constexpr std::chrono::milliseconds drain_poll{10};

  supervisor_actor::pointer self;
  runtime_ptr rt;
  std::vector<service> services;
  struct drain_order {
    std::chrono::steady_clock::time_point deadline;
    bool interrupted = false;
    std::vector<begin_drain_ptr> waiting;
  };
  std::optional<drain_order> draining;
  /// The stage that is being ended; nullopt: the system runs.
  std::optional<stage> ending;
  caf::error end_reason;
};

/// The SUPERVISOR.
/// @param started set once every service can be reached through
///        runtime::services.
supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, runtime_ptr rt,
    std::shared_ptr<std::promise<void>> started);

} // namespace hansard
