#include "projections/directory/key_table.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace hansard {

namespace {

/// A bucket of the key table. To find it by a hash of the key's SHA-256 tells
/// an attacker nothing: they can't choose the digest of a key they do not know.
std::uint64_t bucket_of(const std::array<std::uint8_t, 32>& sha256) {
  std::uint64_t bucket;
  std::memcpy(&bucket, sha256.data(), sizeof bucket);
  return bucket;
}

} // namespace

key_record held_key::as_record() const {
  auto out = record;
  if (auto us = used_us.load(std::memory_order_relaxed))
    out.last_used_at = from_unix_us(us);
  return out;
}

void key_table::apply(timestamp at, const api_key_issued& e) {
  auto key = std::make_shared<held_key>(key_record{
      e.id, e.user, e.label, e.sha256, at, expiry_from(e.expires_us),
      static_cast<scope_set>(e.scopes & all_scopes)});
  by_user_[e.user].push_back(key);
  by_id_.emplace(e.id, key);
  by_hash_.emplace(bucket_of(e.sha256), std::move(key));
}

bool key_table::apply(const api_key_revoked& e) {
  auto found = by_id_.find(e.id);
  if (found == by_id_.end())
    return false;
  found->second->record.revoked = true;
  return true;
}

void key_table::apply(const api_keys_used& e) {
  for (const auto& use : e.uses) {
    auto found = by_id_.find(use.id);
    if (found == by_id_.end())
      continue;
    auto& key = *found->second;
    key.recorded_us = std::max(key.recorded_us, use.at_us);
    if (key.used_us < use.at_us)
      key.used_us = use.at_us;
  }
}

const held_key* key_table::find(
    const std::array<std::uint8_t, 32>& sha256, timestamp now) const {
  auto [begin, end] = by_hash_.equal_range(bucket_of(sha256));
  for (auto i = begin; i != end; ++i) {
    const auto& key = i->second->record;
    if (CRYPTO_memcmp(key.sha256.data(), sha256.data(), sha256.size()) == 0
        && !key.revoked && !is_over(key.expires_at, now))
      return i->second.get();
  }
  return nullptr;
}

const held_key* key_table::find(const key_id& id) const {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

const key_table::key_list& key_table::of(std::string_view user) const {
  static const key_list none;
  auto found = by_user_.find(user);
  return found == by_user_.end() ? none : found->second;
}

std::vector<api_keys_used::use>
key_table::unrecorded_uses(std::size_t most) const {
  constexpr std::int64_t day_us = 24ll * 3600 * 1'000'000;
  std::vector<api_keys_used::use> uses;
  for (const auto& [id, key] : by_id_) {
    auto used = key->used_us.load(std::memory_order_relaxed);
    if (used - key->recorded_us < day_us)
      continue;
    uses.push_back({id, used});
    if (uses.size() >= most)
      break;
  }
  return uses;
}

} // namespace hansard
