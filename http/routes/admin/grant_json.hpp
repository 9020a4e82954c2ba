#pragma once

#include "http/text/body.hpp"
#include "http/text/limits.hpp"
#include "projections/directory/access.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Grants as the API writes and reads them, those of users and of groups. Pure.
namespace hansard {

void append_json(std::string& out, const grant_record& grant);

/// What a grant is asked to be: the body of both POST …/grants.
struct grant_body {
  std::string agent;
  std::vector<std::string> capabilities{"chat"};
  std::optional<timestamp> expires_at;
};

result<void> read_capabilities(
    json_view value, std::string_view shown, std::vector<std::string>& out);

inline constexpr std::array grant_members{
    member<&grant_body::agent, printable<max_did_characters>>("agentDid")
        .needed(),
    member<&grant_body::capabilities, read_capabilities>("capabilities")
        .or_null(),
    member<&grant_body::expires_at, read_future_time>("expiresAt"),
};

} // namespace hansard
