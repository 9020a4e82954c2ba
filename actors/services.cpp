#include "actors/services.hpp"

#include <mutex>
#include <utility>

namespace hansard {

namespace {

std::size_t shard_of(const id_bytes& id, std::size_t shards) {
  return id_hash{}(id) % shards;
}

} // namespace

journal_actor service_table::journal() const {
  std::shared_lock lock{mutex_};
  return journal_;
}

log_reader_actor service_table::reader(const id_bytes& id) const {
  std::shared_lock lock{mutex_};
  return readers_[shard_of(id, reader_shards)];
}

session_directory_actor service_table::directory(const id_bytes& id) const {
  std::shared_lock lock{mutex_};
  return directories_[directory_shard(id)];
}

std::size_t service_table::directory_shard(const id_bytes& id) {
  return shard_of(id, directory_shards);
}

registrar_actor service_table::registrar() const {
  std::shared_lock lock{mutex_};
  return registrar_;
}

gatekeeper_actor service_table::gatekeeper() const {
  std::shared_lock lock{mutex_};
  return gatekeeper_;
}

std::vector<session_directory_actor> service_table::directories() const {
  std::shared_lock lock{mutex_};
  return directories_;
}

void service_table::set_journal(journal_actor handle) {
  std::unique_lock lock{mutex_};
  journal_ = std::move(handle);
}

void service_table::set_reader(std::size_t shard, log_reader_actor handle) {
  std::unique_lock lock{mutex_};
  readers_[shard] = std::move(handle);
}

void service_table::set_directory(
    std::size_t shard, session_directory_actor handle) {
  std::unique_lock lock{mutex_};
  directories_[shard] = std::move(handle);
}

void service_table::set_registrar(registrar_actor handle) {
  std::unique_lock lock{mutex_};
  registrar_ = std::move(handle);
}

void service_table::set_gatekeeper(gatekeeper_actor handle) {
  std::unique_lock lock{mutex_};
  gatekeeper_ = std::move(handle);
}

void service_table::clear() {
  std::unique_lock lock{mutex_};
  journal_ = nullptr;
  for (auto& reader : readers_)
    reader = nullptr;
  for (auto& directory : directories_)
    directory = nullptr;
  registrar_ = nullptr;
  gatekeeper_ = nullptr;
}

} // namespace hansard
