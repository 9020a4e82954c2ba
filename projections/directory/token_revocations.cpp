#include "projections/directory/token_revocations.hpp"

#include <algorithm>

namespace hansard {

void token_revocations::fold(const tokens_revoked& e) {
  if (!e.token.empty()) {
    tokens_.insert(e.token);
    return;
  }
  auto& before = e.subject.empty() ? all_before_ : before_[e.subject];
  // An earlier instant takes nothing back.
  before = std::max(before, from_unix_us(e.issued_before_us));
}

bool token_revocations::covers(
    std::string_view token, std::string_view subject,
    timestamp issued_at) const {
  if (issued_at < all_before_)
    return true;
  if (!token.empty() && tokens_.find(token) != tokens_.end())
    return true;
  auto theirs = before_.find(subject);
  return theirs != before_.end() && issued_at < theirs->second;
}

} // namespace hansard
