#pragma once

#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "events/facts/guardrail_events.hpp"
#include "events/facts/policy_events.hpp"
#include "tools/hansard/config/settings.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

/// Where values come from, besides the defaults. Of two, the later wins: file,
/// environment, flags.
struct config_sources {
  /// Path of the TOML file; empty: none.
  std::string file;
  /// The process's variables that begin with HANSARD_.
  std::map<std::string, std::string> environment;
  /// A setting's flag, without dashes, and its text; of two the last wins.
  std::vector<std::pair<std::string, std::string>> flags;
  /// Inline tables, one an agent. Any: these are the agents, and those of file
  /// and environment are not.
  std::vector<std::string> agents;
};

struct config {
  hansard::settings settings;
  std::vector<agent_spec> agents;
  /// Of the file alone.
  std::vector<policy_spec> policies;
  std::vector<guardrail_spec> guardrails;
  /// Of the file; zeros where there is none.
  std::array<std::uint8_t, 32> file_sha256{};
  /// What set a value that is not the default, by the setting's flag:
  /// "hansard.toml:3", "HANSARD_LISTEN", "--listen". "agents" for the agents.
  std::map<std::string, std::string> origins;
  /// Not wrong enough to refuse: variables that nobody reads.
  std::vector<std::string> warnings;
};

/// Variables that are read, but are no setting: where the file is, the first
/// admin's key, and the agents as a TOML array of inline tables.
inline constexpr std::string_view config_variable = "HANSARD_CONFIG";
inline constexpr std::string_view admin_key_variable = "HANSARD_ADMIN_KEY";
inline constexpr std::string_view agents_variable = "HANSARD_AGENTS";
/// Of those who administer a server from this machine: where it is, and their
/// key. Not of the server; it doesn't wonder at them.
inline constexpr std::string_view server_variable = "HANSARD_SERVER";
inline constexpr std::string_view key_variable = "HANSARD_KEY";

/// A file longer than this is no configuration.
inline constexpr std::size_t max_config_bytes = 1 << 20;
inline constexpr std::size_t max_configured_agents = 1'000;

/// @returns invalid_request: every problem found, a line each, that names its
///          source ("hansard.toml:12", "HANSARD_LISTEN", "--listen"), the
///          setting, what is wrong with it and what is expected.
result<config> load_config(const config_sources& sources);

/// The variables of `environment` (as main() gets it) that Hansard looks at.
std::map<std::string, std::string> hansard_variables(char** environment);

/// The effective configuration as a file that load_config() takes, with where
/// each value came from. Values of agents' headers are hidden.
std::string show_config(const config& c);

} // namespace hansard
