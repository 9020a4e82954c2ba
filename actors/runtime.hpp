#pragma once

#include "actors/fwd.hpp"
#include "actors/guardrails/cache.hpp"
#include "actors/metrics.hpp"
#include "actors/options.hpp"
#include "actors/projection_progress.hpp"
#include "actors/secrets/credential_vault.hpp"
#include "actors/services.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"
#include "projections/directory/access.hpp"
#include "projections/directory/guardrails.hpp"
#include "projections/usage/ledger.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hansard {

/// What every actor may use: built once, outlives them all. Its members are
/// thread-safe or never change.
struct runtime {
  runtime(
      const controller_options& options, event_log& log, row_store& rows,
      std::map<std::string, std::shared_ptr<llm_backend>> backends,
      std::shared_ptr<prometheus::Registry> registry,
      std::function<void(error)> on_fatal);

  const controller_options options;
  event_log& log;
  row_store& rows;
  const std::map<std::string, std::shared_ptr<llm_backend>> backends;
  actor_metrics metrics;
  const std::function<void(error)> on_fatal;
  /// UTC now; a test puts its own clock here before anything starts.
  std::function<timestamp()> clock;
  /// A new ULID; likewise.
  std::function<id_bytes()> new_id;
  /// A number from [0, 1) that spreads retries; likewise.
  std::function<double()> jitter;

  access_directory access;
  guardrail_directory guardrails;
  guard_cache guards{guardrails};
  credential_directory credentials;
  credential_vault vault{credentials};
  usage_ledger usage;
  projection_progress progress;
  service_table services;
  std::atomic<std::size_t> running_turns{0};
  /// Folds an event of the control stream into the directories. The registrar
  /// alone calls it.
  void apply_control(const recorded_event& e);
  /// New turns are refused.
  std::atomic<bool> draining{false};
  /// The actors are being ended.
  std::atomic<bool> stopping{false};
};

/// What is refused while the server drains or ends.
error going_down();

/// A name for logs of what an exception was.
std::string describe(const std::exception_ptr& exception);

} // namespace hansard
