#pragma once

#include "events/time.hpp"
#include "projections/directory/access.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hansard {

/// Credentials that were verified, by SHA-256: so that a cookie is decrypted
/// once and not with each request. What is revoked is not its business: whoever
/// asks looks at the access directory each time. Bounded: the one that was not
/// asked for longest goes. Thread-safe.
class credential_cache {
public:
  using digest = std::array<std::uint8_t, 32>;
  using entry = std::shared_ptr<const claimed_identity>;

  explicit credential_cache(std::size_t most = 16'384)
      : most_(most / shard_count) {}

  /// nullptr: not there, or over at `now`.
  entry find(const digest& key, timestamp now) {
    auto& s = shard_of(key);
    std::lock_guard lock{s.mutex};
    auto found = s.places.find(key);
    if (found == s.places.end())
      return nullptr;
    if (found->second->ends <= now) {
      s.used.erase(found->second);
      s.places.erase(found);
      return nullptr;
    }
    s.used.splice(s.used.begin(), s.used, found->second);
    return found->second->who;
  }

  void keep(const digest& key, entry who, timestamp ends) {
    auto& s = shard_of(key);
    std::lock_guard lock{s.mutex};
    if (s.places.contains(key))
      return;
    while (s.used.size() >= most_) {
      s.places.erase(s.used.back().key);
      s.used.pop_back();
    }
    s.used.push_front({key, std::move(who), ends});
    s.places.emplace(key, s.used.begin());
  }

  std::size_t size() const {
    std::size_t all = 0;
    for (const auto& s : shards_) {
      std::lock_guard lock{s.mutex};
      all += s.used.size();
    }
    return all;
  }

private:
  static constexpr std::size_t shard_count = 16;
  struct kept {
    digest key;
    entry who;
    timestamp ends;
  };
  /// A digest is as good as its own hash.
  struct first_bytes {
    std::size_t operator()(const digest& key) const {
      std::size_t out;
      std::memcpy(&out, key.data(), sizeof out);
      return out;
    }
  };
  struct shard {
    mutable std::mutex mutex;
    std::list<kept> used;
    std::unordered_map<digest, std::list<kept>::iterator, first_bytes> places;
  };
  shard& shard_of(const digest& key) { return shards_[key[31] % shard_count]; }

  const std::size_t most_;
  std::array<shard, shard_count> shards_;
};

} // namespace hansard
