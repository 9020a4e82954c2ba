#pragma once

#include "actors/controller.hpp"
#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "tools/hansard/config/config.hpp"
#include "tools/hansard/config/data_folder.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hansard {

inline constexpr std::string_view demo_agent = "did:hansard:demo";

/// A key that someone chose has at least so many characters.
inline constexpr std::size_t min_admin_key_bytes = 24;

/// What an operator has to be told after a first start.
struct first_key {
  std::string text;
  /// Where it was written; empty: it was chosen by the operator.
  std::string file;
};

/// Sees to it that somebody can get in: registers the first admin and gives
/// them a key, unless they have one. Each step can be repeated, so a crash
/// between two of them leaves nothing behind that the next start does not
/// finish.
/// @param chosen the key that the operator chose, taken as it is.
/// @returns nullopt: the admin had a key. invalid_request: `chosen` is too
///          short. storage_failed: the key's file can't be written.
result<std::optional<first_key>> ensure_admin(
    controller& actors, const std::optional<std::string>& chosen,
    const data_folder& folder);

/// What the server does on its own account.
cause by_server();

/// Whether ensure_all() finds room for what is new. invalid_request: what there
/// is too much of.
result<void> check_room(const controller& actors, const config& wanted);

/// Sees to it that the guardrails, policies and agents of the configuration are
/// in force as they are there; others stay. Without any agent, registers the
/// demo agent, unless there are agents already. Each change is an event of its
/// own; after an error those before it are in force.
/// @returns what changed: "agent did:a:1", "policy global", "guardrail cards".
result<std::vector<std::string>>
ensure_all(controller& actors, const config& wanted, const cause& by);

} // namespace hansard
