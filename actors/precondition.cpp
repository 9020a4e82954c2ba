#include "actors/precondition.hpp"

#include "actors/secrets/api_key.hpp"
#include "events/text/hex.hpp"

#include <algorithm>

namespace hansard {

namespace {

error failed(std::string message, std::string_view current) {
  auto out = make_error(ec::precondition_failed, std::move(message));
  if (!current.empty())
    out.details.emplace_back("etag", '"' + std::string(current) + '"');
  return out;
}

} // namespace

bool tag_list::has_strong(std::string_view tag) const {
  return std::any_of(tags.begin(), tags.end(), [tag](const auto& one) {
    return !one.weak && one.text == tag;
  });
}

bool tag_list::has_weak(std::string_view tag) const {
  return std::any_of(tags.begin(), tags.end(), [tag](const auto& one) {
    return one.text == tag;
  });
}

result<void> precondition::check(std::string_view current) const {
  bool exists = !current.empty();
  if (match.given && !(exists && (match.any || match.has_strong(current))))
    return failed(
        "It is not as If-Match says: somebody changed it. Read it again, and "
        "send the change with the new ETag.",
        current);
  if (none_match.given && exists
      && (none_match.any || none_match.has_weak(current)))
    return failed(
        "There is one already, and If-None-Match asks for none. Read it, and "
        "change it with If-Match.",
        current);
  return {};
}

std::string tag_of(const agent_record& agent) {
  return std::to_string(agent.version.value);
}

std::string tag_of(const user_record& user) {
  return std::to_string(user.version.value);
}

std::string tag_of(const guardrail_record& rule) {
  return std::to_string(rule.version.value);
}

std::string tag_of(const policy_record& policy) {
  return policy.ref.id.to_string() + '.' + std::to_string(policy.ref.version);
}

std::string tag_of(const credential_record& credential) {
  return std::to_string(credential.version.value);
}

std::string tag_of_title(std::string_view title) {
  // 96 bits: nobody gains from two titles with one tag.
  constexpr std::size_t bytes = 12;
  return hex_text(sha256(title)).substr(0, 2 * bytes);
}

} // namespace hansard
