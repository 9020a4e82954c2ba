#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "tools/hansard/apply/state.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// A file longer than this, or with more tables, is none that people write.
inline constexpr std::size_t max_apply_bytes = 8u << 20;
inline constexpr std::size_t max_apply_tables = 20'000;

/// A secret that the file names and does not hold: the value of a variable, or
/// the text of a file.
struct secret_source {
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::function<result<std::string>(const std::string&)> file;
};

/// Reads what is wanted from the text of a TOML file: [[users]], [[grants]],
/// [[credentials]], and [[agents]], [[policies]] and [[guardrails]] as the
/// configuration of a server has them. Pure but for `secrets`.
/// @param source Names the file in problems.
/// @param now Grants that are over by then are a mistake.
/// @returns invalid_request: every problem found, a line each, with its place.
result<apply_state> read_apply_file(
    std::string_view text, std::string_view source, timestamp now,
    const secret_source& secrets);

} // namespace hansard
