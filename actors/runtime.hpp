#pragma once

#include "actors/guardrails/cache.hpp"
#include "actors/interfaces.hpp"
#include "actors/metrics.hpp"
#include "actors/options.hpp"
#include "actors/projection_progress.hpp"
#include "actors/secrets/credential_vault.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"
#include "projections/directory/access.hpp"
#include "projections/directory/guardrails.hpp"
#include "projections/usage/ledger.hpp"
#include "storage/event_log.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace hansard {

class row_store;

/// The handles of the actors that live as long as the process. The supervisor
/// puts a new handle in place of one that died, so nobody keeps a copy for
/// longer than it takes to send. Thread-safe.
class service_table {
public:
  journal_actor journal() const;
  log_reader_actor reader(const id_bytes& id) const;
  session_directory_actor directory(const id_bytes& id) const;
  registrar_actor registrar() const;
  gatekeeper_actor gatekeeper() const;
  std::vector<session_directory_actor> directories() const;
  /// Which directory has the session of an id.
  static std::size_t directory_shard(const id_bytes& id);

  void set_journal(journal_actor handle);
  void set_reader(std::size_t shard, log_reader_actor handle);
  void set_directory(std::size_t shard, session_directory_actor handle);
  void set_registrar(registrar_actor handle);
  void set_gatekeeper(gatekeeper_actor handle);
  /// Lets go of every handle, so that the actors can end.
  void clear();

  static constexpr std::size_t reader_shards = 2;
  static constexpr std::size_t directory_shards = 4;

private:
  mutable std::shared_mutex mutex_;
  journal_actor journal_;
  std::vector<log_reader_actor> readers_{reader_shards};
  std::vector<session_directory_actor> directories_{directory_shards};
  registrar_actor registrar_;
  gatekeeper_actor gatekeeper_;
};

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

/// Shared by the actors; ends with the last of them.
using runtime_ptr = std::shared_ptr<runtime>;

/// What is refused while the server drains or ends.
error going_down();

/// A name for logs of what an exception was.
std::string describe(const std::exception_ptr& exception);

} // namespace hansard
