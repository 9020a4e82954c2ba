#pragma once

#include "events/error.hpp"
#include "tools/hansard/apply/difference.hpp"

#include <cstddef>
#include <span>
#include <string>

/// A difference as people and programs read it. Pure.
namespace hansard {

/// A line each: "+ user did:example:ann: role: member", "~ agent did:x: model:
/// a → b", "- grant user did:example:ann → did:x".
std::string difference_text(std::span<const apply_step> steps);

/// The same as one JSON object: {"dryRun", "steps": [{"action", "kind", "name",
/// "where", "changes": [{"field", "before", "after"}], "done"}], "error"}.
/// @param done Steps that were done, of the front.
/// @param failed What ended it; null: nothing did.
std::string difference_json(
    std::span<const apply_step> steps, std::size_t done, bool is_dry_run,
    const error* failed);

} // namespace hansard
