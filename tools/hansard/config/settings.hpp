#pragma once

#include "events/error.hpp"
#include "tools/hansard/config/units.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hansard {

/// What an operator can set, agents aside, with the defaults. What each means,
/// where it lies in the file, and its flag are in the table of all_settings():
/// file, environment and flags are all read by it, so none can lack a setting.
struct settings {
  std::string listen = "127.0.0.1:8080";
  std::string tls_certificate;
  std::string tls_key;
  std::chrono::milliseconds hsts_max_age{365LL * 24 * 3'600'000};
  std::uint64_t io_threads = 0;
  std::uint64_t query_threads = 2;
  std::uint64_t max_connections = 12'000;
  std::uint64_t max_streams = 10'000;
  std::uint64_t max_waiting_queries = 1'000;
  byte_size header_limit{64ull << 10};
  byte_size body_limit{8ull << 20};
  byte_size bodies_limit{256ull << 20};
  std::chrono::milliseconds tls_handshake_timeout{10'000};
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds head_wait{1'000};
  std::chrono::milliseconds ping_interval{15'000};
  std::chrono::milliseconds read_patience{2'000};
  std::chrono::milliseconds drain_timeout{20'000};

  std::string storage_path = "data";
  byte_size storage_cache{64ull << 20};
  std::uint64_t storage_max_open_files = 128;
  byte_size storage_min_free{256ull << 20};

  std::chrono::milliseconds passivate_after{60'000};
  std::uint64_t max_running_turns = 20'000;
  std::chrono::milliseconds queue_patience{50'000};
  std::uint64_t worker_threads = 0;

  std::vector<std::string> cors_origins;

  std::uint64_t auth_max_failures = 100;
  std::chrono::milliseconds auth_failure_window{60'000};
  std::vector<std::string> auth_trusted_proxies;

  std::vector<std::string> nextauth_secret_env;
  std::string nextauth_secure_cookies = "auto";
  std::vector<std::string> nextauth_user_claim{"did", "userId", "sub"};
  std::string nextauth_role_claim = "role";
  std::vector<std::string> nextauth_admin_roles{"admin"};
  std::vector<std::string> nextauth_auditor_roles{"auditor"};
  std::string nextauth_groups_claim = "groups";

  std::string jwt_issuer;
  std::vector<std::string> jwt_audience;
  std::vector<std::string> jwt_algorithms{"RS256", "ES256", "EdDSA"};
  std::string jwt_jwks_url;
  std::string jwt_jwks_file;
  std::string jwt_jwks_ca_file;
  std::vector<std::string> jwt_secret_env;
  std::chrono::milliseconds jwt_leeway{15'000};
  std::chrono::milliseconds jwt_jwks_refresh{600'000};
  std::vector<std::string> jwt_user_claim{"did", "userId", "sub"};
  std::string jwt_role_claim = "role";
  std::vector<std::string> jwt_admin_roles{"admin"};
  std::vector<std::string> jwt_auditor_roles{"auditor"};
  std::string jwt_groups_claim = "groups";

  std::string credentials_key_file;
  std::vector<std::string> credentials_key_env;

  std::string log_level = "info";
  std::string log_format = "text";
};

/// The member that a setting fills.
using setting_member = std::variant<
    std::string settings::*, std::uint64_t settings::*, byte_size settings::*,
    std::chrono::milliseconds settings::*,
    std::vector<std::string> settings::*>;

/// One row of the table.
struct setting {
  /// Table of the file that holds it: "server" …
  std::string_view section;
  std::string_view key;
  /// Without the dashes; the environment's name is made from it.
  std::string_view flag;
  setting_member member;
  std::string_view help;
  /// Inclusive, in bytes, milliseconds or as they are; for numbers alone.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// The words allowed, separated by "|"; empty: any.
  std::string_view choices = {};
};

/// Every setting, by section, in the order in which help shows them.
std::span<const setting> all_settings();

/// "HANSARD_" and the flag in upper case with underscores.
std::string environment_name(const setting& s);

/// A list is text with commas, or in the file an array of texts.
inline constexpr std::size_t max_list_elements = 100;

/// Whether a setting is text in the file, as opposed to a whole number.
bool is_text(const setting& s);

/// Reads `text` into the setting's member.
/// @returns invalid_request with what is wrong and what is expected; `into` is
///          then as it was.
result<void> assign(settings& into, const setting& s, std::string_view text);

/// The value as assign() reads it.
std::string text_of(const settings& from, const setting& s);

/// What no single setting can tell: certificate and key come together, and the
/// address is one.
result<void> validate(const settings& s);

/// "127.0.0.1:8080", "[::1]:0", "localhost:8080".
struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};
result<listen_address> parse_listen(std::string_view text);

/// invalid_request: "<setting>: <what>".
error wrong_setting(std::string_view setting, std::string_view what);

} // namespace hansard
