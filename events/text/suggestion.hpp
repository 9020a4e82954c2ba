#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// '; did you mean "x"?' for the candidate that is nearest to `word`, within
/// a few edits; else empty. Pure.
std::string
suggestion(std::string_view word, std::span<const std::string_view> candidates);
std::string
suggestion(std::string_view word, const std::vector<std::string>& candidates);

} // namespace hansard
