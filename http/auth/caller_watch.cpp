#include "http/auth/caller_watch.hpp"

#include <utility>

namespace hansard {

void caller_watch::begin(
    principal who, std::uint64_t revocations, std::string agent) {
  *this = {};
  who_ = std::move(who);
  revocations_ = revocations;
  agent_ = std::move(agent);
}

std::optional<error>
caller_watch::find_end(const access_directory& access, timestamp now) {
  if (who_.user.empty())
    return std::nullopt;
  if (is_shut_out(access, now))
    return make_error(
        ec::unauthenticated, "These credentials were revoked, or are over.");
  if (lost_its_grant(access, now))
    return make_error(
        ec::forbidden, "The grant for this agent was taken back, or is over.");
  return std::nullopt;
}

bool caller_watch::is_shut_out(const access_directory& access, timestamp now) {
  if (is_over(who_.expires_at, now))
    return true;
  auto seen = access.revocations();
  if (seen == revocations_)
    return false;
  revocations_ = seen;
  return !access.still_admits(who_);
}

bool caller_watch::lost_its_grant(
    const access_directory& access, timestamp now) {
  if (agent_.empty())
    return false;
  // Before the look, so that what is taken back meanwhile is seen as new.
  auto seen = access.grants_taken_back();
  if (grants_taken_back_ == seen && !is_over(allowed_until_, now))
    return false;
  auto allowed = access.allowance_for(who_, agent_, "chat", now);
  if (!allowed)
    return true;
  grants_taken_back_ = seen;
  allowed_until_ = allowed->until;
  return false;
}

} // namespace hansard
