#include "events/slice.hpp"
#include "storage/append_checks.hpp"
#include "storage/event_log.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace hansard {

namespace {

/// Nothing to rewrite in memory: a seal only settles the ended turns.
struct memory_seal final : prepared_seal {
  const void* owner = nullptr;
  stream_id stream;
  std::vector<stream_version> turns;
};

class memory_event_log final : public event_log {
public:
  void append(
      std::span<append_request> requests,
      std::span<result<log_position>> outcomes,
      std::span<const std::unique_ptr<prepared_seal>> seals) override {
    std::unique_lock lock{mutex_};
    for (std::size_t i = 0; i < requests.size(); ++i)
      outcomes[i] = append_one(requests[i]);
    for (const auto& seal : seals)
      apply(dynamic_cast<const memory_seal*>(seal.get()));
  }

  result<stream_version> version_of(const stream_id& stream) const override {
    std::shared_lock lock{mutex_};
    return last_version(stream);
  }

  result<void> read_stream(
      const stream_id& stream, stream_version from,
      const batch_visitor& visit) const override {
    from = std::max(from, stream_version{1});
    std::vector<batch_ptr> batches;
    {
      std::shared_lock lock{mutex_};
      if (auto found = streams_.find(stream); found != streams_.end())
        batches = found->second;
    }
    auto first = std::partition_point(
        batches.begin(), batches.end(),
        [from](const auto& b) { return b->last_version() < from; });
    for (auto batch = first; batch != batches.end(); ++batch) {
      auto skip = from.value - std::min(from, (*batch)->first_version).value;
      if (!visit(without_front(*batch, skip)))
        break;
      from = (*batch)->last_version().next();
    }
    return {};
  }

  result<void>
  read_all(log_position from, const batch_visitor& visit) const override {
    from = std::max(from, log_position{1});
    auto end = head();
    while (from <= end) {
      auto batch = at(from);
      if (!visit(
              without_front(batch, from.value - batch->first_position().value)))
        break;
      from = batch->last_position().next();
    }
    return {};
  }

  log_position head() const noexcept override {
    std::shared_lock lock{mutex_};
    return head_;
  }

  result<void>
  visit_unsealed(const std::function<bool(stream_id)>& visit) const override {
    std::map<stream_id, std::set<stream_version>> unsealed;
    {
      std::shared_lock lock{mutex_};
      unsealed = unsealed_;
    }
    for (const auto& [stream, turns] : unsealed) {
      if (!visit(stream))
        break;
    }
    return {};
  }

  result<std::unique_ptr<prepared_seal>>
  prepare_seal(const stream_id& stream) const override {
    std::shared_lock lock{mutex_};
    auto found = unsealed_.find(stream);
    if (found == unsealed_.end())
      return std::unique_ptr<prepared_seal>{};
    auto seal = std::make_unique<memory_seal>();
    seal->owner = this;
    seal->stream = stream;
    auto running = running_.find(stream);
    for (auto turn : found->second) {
      if (running == running_.end() || turn < running->second)
        seal->turns.push_back(turn);
    }
    if (seal->turns.empty())
      return std::unique_ptr<prepared_seal>{};
    return std::unique_ptr<prepared_seal>{std::move(seal)};
  }

  bool failed() const noexcept override { return false; }

  std::optional<std::uint64_t> free_bytes() const override {
    return std::nullopt;
  }

private:
  static batch_ptr without_front(const batch_ptr& batch, std::uint64_t skip) {
    if (skip == 0)
      return batch;
    return std::make_shared<event_batch>(drop_front(*batch, skip));
  }

  stream_version last_version(const stream_id& stream) const {
    auto found = streams_.find(stream);
    if (found == streams_.end())
      return {0};
    return found->second.back()->last_version();
  }

  /// The batch that `position` lies in. @pre position is in the log.
  batch_ptr at(log_position position) const {
    std::shared_lock lock{mutex_};
    auto after = std::partition_point(
        log_.begin(), log_.end(), [position](const auto& batch) {
          return batch->first_position() <= position;
        });
    return *std::prev(after);
  }

  result<log_position> append_one(const append_request& request) {
    if (auto checked = detail::check_appendable(request); !checked)
      return std::move(checked).error();
    auto& batch = *request.batch;
    auto actual = last_version(batch.stream);
    if (auto checked = detail::check_version(request, actual); !checked)
      return std::move(checked).error();
    batch.first_version = actual.next();
    batch.positions.push_back({head_.next(), batch.size()});
    head_ = batch.last_position();
    log_.push_back(request.batch);
    streams_[batch.stream].push_back(request.batch);
    track_turns(batch);
    return head_;
  }

  void track_turns(const event_batch& batch) {
    for_each_single(
        batch, [&](stream_version version, const stamped_event& one) {
          if (opens_turn(*one.body)) {
            unsealed_[batch.stream].insert(version);
            running_[batch.stream] = version;
          } else if (ends_turn(*one.body)) {
            running_.erase(batch.stream);
          }
        });
  }

  void apply(const memory_seal* seal) {
    if (!seal || seal->owner != this)
      return;
    auto found = unsealed_.find(seal->stream);
    if (found == unsealed_.end())
      return;
    for (auto turn : seal->turns)
      found->second.erase(turn);
    if (found->second.empty())
      unsealed_.erase(found);
  }

  mutable std::shared_mutex mutex_;
  /// Every batch, in order; and those of each stream.
  std::vector<batch_ptr> log_;
  std::unordered_map<stream_id, std::vector<batch_ptr>> streams_;
  /// Versions of the turn_admitted of turns that are not sealed; of those that
  /// run.
  std::map<stream_id, std::set<stream_version>> unsealed_;
  std::unordered_map<stream_id, stream_version> running_;
  log_position head_;
};

} // namespace

std::unique_ptr<event_log> make_memory_event_log() {
  return std::make_unique<memory_event_log>();
}

} // namespace hansard
