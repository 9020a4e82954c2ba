#pragma once

#include "events/facts/identity_events.hpp"
#include "events/time.hpp"
#include "projections/directory/text_table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

namespace hansard {

/// Which session cookies and tokens are not believed any more: a fold over
/// tokens_revoked. Not thread-safe; the access directory locks.
class token_revocations {
public:
  /// Ids and subjects that can be remembered; administration refuses one more,
  /// and says that all tokens can be revoked by time.
  static constexpr std::size_t max_entries = 1'000'000;

  void fold(const tokens_revoked& e);

  /// @param token the claim `jti`; empty: it has none.
  /// @param issued_at the claim `iat`.
  bool covers(
      std::string_view token, std::string_view subject,
      timestamp issued_at) const;

  /// False for the instant before which everybody's are taken back: that is
  /// one however often it moves, and can be set when nothing else can.
  static bool takes_room(const tokens_revoked& e) {
    return !e.token.empty() || !e.subject.empty();
  }

  std::size_t entries() const { return tokens_.size() + before_.size(); }

private:
  std::unordered_set<std::string, text_hash, std::equal_to<>> tokens_;
  by_text<timestamp> before_;
  timestamp all_before_{};
};

} // namespace hansard
