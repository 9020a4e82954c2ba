#pragma once

#include "events/facts/identity_events.hpp"
#include "projections/directory/access_records.hpp"
#include "projections/directory/text_table.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hansard {

/// A key, and what changes about it. Its last use is noted by readers.
struct held_key {
  explicit held_key(key_record r) : record(std::move(r)) {}

  key_record as_record() const;

  key_record record;
  mutable std::atomic<std::int64_t> used_us{0};
  std::int64_t recorded_us = 0;
};

/// The API keys of all users, revoked ones too. Not thread-safe, but for
/// held_key::used_us: access_directory keeps one behind its lock.
class key_table {
public:
  using key_list = std::vector<std::shared_ptr<held_key>>;

  void apply(timestamp at, const api_key_issued& e);
  /// False: there is no such key.
  bool apply(const api_key_revoked& e);
  void apply(const api_keys_used& e);

  /// By the SHA-256 of its text, in constant time; neither revoked nor over.
  /// nullptr: there is none.
  const held_key*
  find(const std::array<std::uint8_t, 32>& sha256, timestamp now) const;
  const held_key* find(const key_id& id) const;
  /// In the order in which they were issued.
  const key_list& of(std::string_view user) const;
  /// As access_directory has them.
  std::vector<api_keys_used::use> unrecorded_uses(std::size_t most) const;
  bool empty() const { return by_id_.empty(); }

private:
  by_text<key_list> by_user_;
  std::unordered_multimap<std::uint64_t, std::shared_ptr<held_key>> by_hash_;
  std::unordered_map<key_id, std::shared_ptr<held_key>> by_id_;
};

} // namespace hansard
