#pragma once

#include "actors/interfaces.hpp"

#include <cstddef>
#include <shared_mutex>
#include <vector>

namespace hansard {

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

} // namespace hansard
