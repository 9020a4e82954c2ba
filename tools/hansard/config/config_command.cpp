#include "tools/hansard/config/config_command.hpp"

#include "tools/hansard/config/auth_config.hpp"
#include "tools/hansard/config/credential_config.hpp"
#include "tools/hansard/config/read_file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace hansard {

result<void> check_machine(const config& c) {
  const std::pair<const char*, const std::string*> files[] = {
      {"tls_certificate", &c.settings.server.tls_certificate_file},
      {"tls_key", &c.settings.server.tls_key_file}};
  for (const auto& [key, path] : files) {
    if (path->empty())
      continue;
    constexpr std::size_t max_pem_bytes = 1 << 20;
    const auto text = read_regular_file(*path, max_pem_bytes);
    if (!text || text->empty())
      return make_error(
          ec::invalid_request,
          fmt::format(
              "[server] {}: {} {}", key, *path,
              text ? std::string("is empty") : text.error().message));
  }
  if (auto believed = read_authentication(c.settings, ::getenv); !believed)
    return believed.error();
  if (auto keys = read_credential_keys(c.settings, ::getenv); !keys)
    return keys.error();
  return {};
}

std::vector<std::string> warnings_of(const config& c) {
  auto warnings = c.warnings;
  for (const auto& agent : c.agents)
    if (!agent.api_key_env.empty() && !std::getenv(agent.api_key_env.c_str()))
      warnings.push_back(fmt::format(
          "agent {}: the variable {} that api_key_env names is not set; "
          "requests "
          "go out without a key",
          agent.did, agent.api_key_env));
  return warnings;
}

exit_code check_config(const config& c) {
  if (auto fits = check_machine(c); !fits) {
    fmt::print(stderr, "hansard: {}\n", fits.error().message);
    return exit_code::bad_config;
  }
  for (const auto& warning : warnings_of(c))
    fmt::print(stderr, "warning: {}\n", warning);
  fmt::print("{}", show_config(c));
  return exit_code::ok;
}

} // namespace hansard
