#include "events/session/history.hpp"

#include <algorithm>

namespace hansard {

namespace {

std::size_t common_prefix(
    std::span<const message> recorded, std::span<const message> body) {
  auto limit = std::min(recorded.size(), body.size());
  std::size_t i = 0;
  while (i < limit && match_digest(recorded[i]) == match_digest(body[i]))
    ++i;
  return i;
}

} // namespace

result<history_match> match_history(
    std::span<const message> recorded, std::span<const message> body,
    history_hint hint) {
  history_match all_new{recorded.size(), 0};
  if (hint == history_hint::delta || recorded.empty())
    return all_new;
  auto same = common_prefix(recorded, body);
  if (hint == history_hint::infer) {
    if (same == 0 || same == body.size())
      return all_new;
    return history_match{same, same};
  }
  if (same == body.size() && recorded[same - 1].role == role::assistant)
    return make_error(
        ec::invalid_request,
        "messages holds nothing that is new to the session. Send the next "
        "message, or \"history\": \"delta\" if these are to be said again.");
  return history_match{same, same};
}

} // namespace hansard
