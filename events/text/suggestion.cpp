#include "events/text/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace hansard {

namespace {

/// Edits (a character put in, left out or replaced) from one to the other.
std::size_t edits_between(std::string_view a, std::string_view b) {
  // Levenshtein distance, one row at a time.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string suggestion(
    std::string_view word, std::span<const std::string_view> candidates) {
  // Long words are no slips.
  if (word.size() > 64)
    return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (auto candidate : candidates) {
    auto distance = edits_between(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string{}
                      : "; did you mean \"" + std::string(best) + "\"?";
}

std::string
suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(
      candidates.begin(), candidates.end());
  return suggestion(word, std::span{views});
}

} // namespace hansard
