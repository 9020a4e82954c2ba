#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "tools/hansard/apply_state.hpp"

#include <string>
#include <string_view>

namespace hansard {

/// A file longer than this, or with more tables, is none that people write.
inline constexpr std::size_t max_apply_bytes = 8u << 20;
inline constexpr std::size_t max_apply_tables = 20'000;

/// Reads what is wanted from the text of a TOML file: [[users]], [[grants]],
/// and [[agents]], [[policies]] and [[guardrails]] as the configuration of a
/// server has them. Pure.
/// @param source Names the file in problems.
/// @param now Grants that are over by then are a mistake.
/// @returns invalid_request: every problem found, a line each, with its place.
result<apply_state>
read_apply_file(std::string_view text, std::string_view source, timestamp now);

} // namespace hansard
