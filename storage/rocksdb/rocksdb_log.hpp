#pragma once

#include "storage/anchor/anchor_keeper.hpp"
#include "storage/event_log.hpp"
#include "storage/rocksdb/head_cache.hpp"
#include "storage/rocksdb/store.hpp"
#include "storage/rocksdb/write_failure.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace hansard::detail {

/// An opened and checked store.
struct opened_store {
  std::string path;
  rocksdb::Env* env = nullptr;
  std::shared_ptr<write_failure> failure;
  std::unique_ptr<rocksdb_store> store;
  store_id id{};
  log_mark head;
  /// What the anchor file says; nullopt: nothing is written.
  std::optional<anchor> written_anchor;
  bool read_only = false;
};

/// The log on disk, once it is open.
class rocksdb_log final : public event_log {
public:
  explicit rocksdb_log(opened_store opened);

  void append(
      std::span<append_request> requests,
      std::span<result<log_position>> outcomes,
      std::span<const std::unique_ptr<prepared_seal>> seals) override;
  result<stream_version> version_of(const stream_id& stream) const override;
  result<void> read_stream(
      const stream_id& stream, stream_version from,
      const batch_visitor& visit) const override;
  result<void>
  read_all(log_position from, const batch_visitor& visit) const override;
  log_position head() const noexcept override;
  result<void>
  visit_unsealed(const std::function<bool(stream_id)>& visit) const override;
  result<std::unique_ptr<prepared_seal>>
  prepare_seal(const stream_id& stream) const override;
  bool failed() const noexcept override;
  std::optional<std::uint64_t> free_bytes() const override;

private:
  /// Why nothing is accepted; nullopt: all is well.
  std::optional<error> refusal() const;

  opened_store opened_;
  std::atomic<std::uint64_t> head_;
  /// The rest is the appending thread's.
  log_mark head_mark_;
  head_cache heads_;
  /// Last, so that its thread ends before what it uses.
  std::unique_ptr<anchor_keeper> anchor_;
};

} // namespace hansard::detail
