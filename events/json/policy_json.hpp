#pragma once

#include "events/facts/policy_events.hpp"

#include <string>

namespace hansard {

/// A policy as the API shows it: {"scope", "subject", the limits that it sets,
/// "expiresAt"}.
std::string policy_json(const policy_spec& spec);

/// The members of policy_json() alone, without braces, for those who have more
/// to say in the same object; never empty.
std::string policy_members(const policy_spec& spec);

/// "08:30".
std::string clock_text(std::uint16_t minute_of_day);

/// "mon", … "sun". @pre day < 7.
std::string_view weekday_name(unsigned day);

} // namespace hansard
