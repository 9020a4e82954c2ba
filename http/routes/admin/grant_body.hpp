#pragma once

#include "http/message/exchange.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// What a grant is asked to be: the body of both POST …/grants.
struct grant_body {
  std::string agent;
  std::vector<std::string> capabilities{"chat"};
  std::optional<timestamp> expires_at;
};

/// @returns invalid_request; the message names the member.
result<grant_body> read_grant(const exchange& x);

} // namespace hansard
