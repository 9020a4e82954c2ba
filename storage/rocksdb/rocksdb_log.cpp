#include "storage/rocksdb/rocksdb_log.hpp"

#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"
#include "storage/rocksdb/append_group.hpp"
#include "storage/rocksdb/log_merger.hpp"
#include "storage/rocksdb/rocksdb_log_internal.hpp"
#include "storage/rocksdb/seal.hpp"
#include "storage/rocksdb/stream_reader.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace hansard::detail {

namespace {

/// Streams whose version is known without a look at the disk.
constexpr std::size_t cached_heads = 64 * 1024;

} // namespace

rocksdb_log::rocksdb_log(opened_store opened)
    : opened_(std::move(opened)),
      head_(opened_.head.position.value),
      head_mark_(opened_.head),
      heads_(cached_heads) {
  if (opened_.written_anchor)
    anchor_ = std::make_unique<anchor_keeper>(
        opened_.env, anchor_path(opened_.path), *opened_.written_anchor);
}

std::optional<error> rocksdb_log::refusal() const {
  if (opened_.read_only)
    return make_error(ec::storage_failed, "The log is open for reading only.");
  if (opened_.failure->happened())
    return opened_.failure->to_error();
  return std::nullopt;
}

void rocksdb_log::append(
    std::span<append_request> requests,
    std::span<result<log_position>> outcomes,
    std::span<const std::unique_ptr<prepared_seal>> seals) {
  if (auto refused = refusal()) {
    std::fill(outcomes.begin(), outcomes.end(), *refused);
    return;
  }
  append_group group{*opened_.store, opened_.id, heads_, head_mark_};
  for (std::size_t i = 0; i < requests.size(); ++i)
    outcomes[i] = group.add(requests[i]);
  for (const auto& seal : seals) {
    // A seal that can't be checked now is left for another time.
    if (!group.add(seal.get()))
      break;
  }
  if (group.empty())
    return;
  if (auto status = group.write(); !status.ok()) {
    opened_.failure->record(status.ToString());
    std::fill(outcomes.begin(), outcomes.end(), opened_.failure->to_error());
    return;
  }
  group.publish();
  if (group.head() == head_mark_)
    return;
  head_mark_ = group.head();
  head_.store(head_mark_.position.value, std::memory_order_release);
  anchor_->moved(head_mark_);
}

result<stream_version> rocksdb_log::version_of(const stream_id& stream) const {
  auto row = find_stream_row(
      store_view{*opened_.store}, stream,
      {std::numeric_limits<std::uint64_t>::max()});
  if (!row)
    return std::move(row).error();
  return *row ? (*row)->last_version() : stream_version{0};
}

result<void> rocksdb_log::read_stream(
    const stream_id& stream, stream_version from,
    const batch_visitor& visit) const {
  return detail::read_stream(store_view{*opened_.store}, stream, from, visit);
}

result<void>
rocksdb_log::read_all(log_position from, const batch_visitor& visit) const {
  return detail::read_all(store_view{*opened_.store}, from, visit);
}

log_position rocksdb_log::head() const noexcept {
  return {head_.load(std::memory_order_acquire)};
}

result<void>
rocksdb_log::visit_unsealed(const std::function<bool(stream_id)>& visit) const {
  store_view view{*opened_.store};
  auto rows = view.iterator(family::unsealed, false);
  std::optional<stream_id> last;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    auto key = parse_stream_key(to_view(rows->key()));
    if (!key)
      return make_error(
          ec::corrupt, "A key of the unsealed turns is malformed.");
    // A row a turn, so a stream may have several.
    if (key->stream == last)
      continue;
    last = key->stream;
    if (!visit(key->stream))
      return {};
  }
  if (!rows->status().ok())
    return to_error(rows->status(), "Reading the log");
  return {};
}

result<std::unique_ptr<prepared_seal>>
rocksdb_log::prepare_seal(const stream_id& stream) const {
  return detail::prepare_seal(store_view{*opened_.store}, opened_.id, stream);
}

bool rocksdb_log::failed() const noexcept {
  return opened_.failure->happened();
}

std::optional<std::uint64_t> rocksdb_log::free_bytes() const {
  std::uint64_t bytes = 0;
  if (!opened_.env->GetFreeSpace(opened_.path, &bytes).ok())
    return std::nullopt;
  return bytes;
}

} // namespace hansard::detail
