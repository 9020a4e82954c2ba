#pragma once

#include "events/ids.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hansard::detail {

/// The last versions of the streams that were written last: at most
/// `capacity`, the longest unused one leaves. One thread.
class head_cache {
public:
  explicit head_cache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<stream_version> find(const stream_id& stream) {
    auto found = index_.find(stream);
    if (found == index_.end())
      return std::nullopt;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->second;
  }

  void put(const stream_id& stream, stream_version version) {
    auto found = index_.find(stream);
    if (found != index_.end()) {
      found->second->second = version;
      recent_.splice(recent_.begin(), recent_, found->second);
      return;
    }
    recent_.emplace_front(stream, version);
    index_.emplace(stream, recent_.begin());
    if (index_.size() > capacity_) {
      index_.erase(recent_.back().first);
      recent_.pop_back();
    }
  }

private:
  std::size_t capacity_;
  /// Most recently used first.
  std::list<std::pair<stream_id, stream_version>> recent_;
  std::unordered_map<stream_id, decltype(recent_)::iterator> index_;
};

} // namespace hansard::detail
