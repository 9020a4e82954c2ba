#include "events/session/history.hpp"

#include <algorithm>
#include <unordered_set>

namespace hansard {

namespace {

/// A client that repeats a history does so byte for byte as a rule: then
/// nothing is parsed.
bool same(const message& a, const message& b) {
  if (a.role != b.role || a.tool_call_id != b.tool_call_id)
    return false;
  return (a.content == b.content && a.tool_calls == b.tool_calls)
         || match_digest(a) == match_digest(b);
}

std::size_t common_prefix(
    std::span<const message> recorded, std::span<const message> body) {
  auto limit = std::min(recorded.size(), body.size());
  std::size_t i = 0;
  while (i < limit && same(recorded[i], body[i]))
    ++i;
  return i;
}

error nothing_is_new() {
  return make_error(
      ec::invalid_request,
      "messages holds nothing that is new to the session. Send the next "
      "message, or \"history\": \"delta\" if these are to be said again.");
}

bool is_system(const message& m) { return m.role == role::system; }

/// An answer of this server that says something: an empty one is no mark.
bool is_generated(const message& m) {
  return m.origin == origin::generated
         && (m.content != "\"\"" || !m.tool_calls.empty());
}

/// Whether the body repeats an answer that this server generated.
bool holds_generated(
    std::span<const message> recorded, std::span<const message> body) {
  if (std::none_of(body.begin(), body.end(), [](const message& m) {
        return m.role == role::assistant;
      }))
    return false;
  std::unordered_set<std::uint64_t> generated;
  for (const auto& m : recorded)
    if (is_generated(m))
      generated.insert(match_digest(m));
  return std::any_of(body.begin(), body.end(), [&](const message& m) {
    return m.role == role::assistant && generated.contains(match_digest(m));
  });
}

/// System messages of body[0, end) that the record has nowhere.
std::vector<std::size_t> new_systems(
    std::span<const message> recorded, std::span<const message> body,
    std::size_t end) {
  std::unordered_set<std::uint64_t> known;
  for (const auto& m : recorded)
    if (is_system(m))
      known.insert(match_digest(m));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < end; ++i)
    if (is_system(body[i]) && known.insert(match_digest(body[i])).second)
      out.push_back(i);
  return out;
}

/// How far a body and the record go together.
struct laid {
  std::size_t kept = 0;
  std::size_t read = 0;
  bool met = false;
};

/// Lays the body beside the record from `start` on, system messages apart.
laid lay(
    std::span<const message> recorded, std::span<const message> body,
    std::size_t start) {
  laid at{start};
  while (at.kept < recorded.size() && at.read < body.size()) {
    if (is_system(body[at.read])) {
      ++at.read;
    } else if (is_system(recorded[at.kept])) {
      ++at.kept;
    } else if (same(recorded[at.kept], body[at.read])) {
      ++at.kept;
      ++at.read;
      at.met = true;
    } else {
      break;
    }
  }
  return at;
}

/// Where a whole history goes together with the record: from the start, or,
/// for a client that keeps only the last messages, from where these begin.
laid find_place(
    std::span<const message> recorded, std::span<const message> body) {
  auto from_start = lay(recorded, body, 0);
  if (from_start.met)
    return from_start;
  auto first = std::find_if_not(body.begin(), body.end(), is_system);
  for (auto start = recorded.size(); start-- > 1;)
    if (same(recorded[start], *first))
      if (auto at = lay(recorded, body, start);
          at.kept == recorded.size() || at.read == body.size())
        return at;
  return from_start;
}

/// A whole history beside the record.
/// @pre The body holds an assistant message.
result<history_match>
align(std::span<const message> recorded, std::span<const message> body) {
  const auto at = find_place(recorded, body);
  history_match out{at.kept, at.read, new_systems(recorded, body, at.read)};
  if (at.read < body.size())
    return out;
  // Nothing is new but system messages: the last of the others is answered
  // anew, and what the record has behind it is left.
  auto last = body.size();
  while (is_system(body[last - 1]))
    --last;
  if (body[last - 1].role == role::assistant)
    return nothing_is_new();
  while (!same(recorded[out.keep - 1], body[last - 1]))
    --out.keep;
  if (!out.systems.empty()) {
    --out.keep;
    out.first_new = last - 1;
    std::erase_if(
        out.systems, [&](std::size_t place) { return place >= last; });
  }
  return out;
}

} // namespace

result<history_match> match_history(
    std::span<const message> recorded, std::span<const message> body,
    history_hint hint) {
  history_match all_new{recorded.size(), 0};
  if (hint == history_hint::delta || recorded.empty())
    return all_new;
  if (hint == history_hint::infer && holds_generated(recorded, body))
    return align(recorded, body);
  auto same_at_first = common_prefix(recorded, body);
  if (hint == history_hint::infer) {
    bool waits = recorded.back().role != role::assistant;
    if (same_at_first == body.size() && waits && body.size() == recorded.size())
      return history_match{same_at_first, same_at_first};
    if (same_at_first == 0 || same_at_first == body.size())
      return all_new;
    return history_match{same_at_first, same_at_first};
  }
  if (same_at_first == body.size()
      && recorded[same_at_first - 1].role == role::assistant)
    return nothing_is_new();
  return history_match{same_at_first, same_at_first};
}

} // namespace hansard
