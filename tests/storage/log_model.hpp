#pragma once

#include "tests/storage/log_support.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace hansard::test {

/// What a log ought to hold: every event one by one, and which turns are not
/// sealed.
class log_model {
public:
  const std::vector<recorded_event>& all() const { return all_; }
  std::vector<recorded_event> of(const stream_id& stream) const {
    std::vector<recorded_event> out;
    for (const auto& e : all_) {
      if (e.stream == stream)
        out.push_back(e);
    }
    return out;
  }
  std::uint64_t version_of(const stream_id& stream) const {
    auto found = versions_.find(stream);
    return found == versions_.end() ? 0 : found->second;
  }
  bool running(const stream_id& stream) const {
    return running_.contains(stream);
  }

  void append(const event_batch& batch) {
    auto& version = versions_[batch.stream];
    for (auto& e : recorded(batch, version + 1, all_.size() + 1)) {
      if (opens_turn(e.body)) {
        running_[e.stream] = e.version.value;
        unsealed_[e.stream].insert(e.version.value);
      } else if (ends_turn(e.body)) {
        running_.erase(e.stream);
      }
      all_.push_back(std::move(e));
    }
    version += batch.size();
  }

  /// The turns that a seal prepared now is about.
  std::set<std::uint64_t> sealable(const stream_id& stream) const {
    auto found = unsealed_.find(stream);
    if (found == unsealed_.end())
      return {};
    auto turns = found->second;
    if (auto running = running_.find(stream); running != running_.end())
      turns.erase(running->second);
    return turns;
  }

  /// A seal about `turns` fits while none of them is sealed.
  void seal(const stream_id& stream, const std::set<std::uint64_t>& turns) {
    auto& unsealed = unsealed_[stream];
    for (auto turn : turns) {
      if (!unsealed.contains(turn))
        return;
    }
    for (auto turn : turns)
      unsealed.erase(turn);
  }

  std::vector<stream_id> unsealed() const {
    std::vector<stream_id> out;
    for (const auto& [stream, turns] : unsealed_) {
      if (!turns.empty())
        out.push_back(stream);
    }
    return out;
  }

private:
  std::vector<recorded_event> all_;
  std::map<stream_id, std::uint64_t> versions_;
  std::map<stream_id, std::uint64_t> running_;
  std::map<stream_id, std::set<std::uint64_t>> unsealed_;
};

} // namespace hansard::test
