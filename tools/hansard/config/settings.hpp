#pragma once

#include "actors/options.hpp"
#include "events/error.hpp"
#include "http/server_options.hpp"
#include "tools/hansard/config/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hansard {

/// What an operator can set, agents aside, with the defaults: the options of
/// the program's parts, which bring their own, and what is made into options
/// later. What each means, where it lies in the file, and its flag are in the
/// table of all_settings(): file, environment and flags are all read by it, so
/// none can lack a setting.
struct settings {
  /// Becomes host and port of `server`.
  std::string listen = "127.0.0.1:8080";
  /// With the authentication as far as it is not made of files and variables;
  /// see read_authentication().
  server_options server;
  controller_options actors;
  std::size_t io_threads = 0;
  std::chrono::milliseconds drain_timeout{20'000};

  std::string storage_path = "data";
  std::size_t storage_cache = 64ull << 20;
  std::size_t storage_max_open_files = 128;

  std::vector<std::string> auth_trusted_proxies;
  std::vector<std::string> nextauth_secret_env;
  std::string nextauth_secure_cookies = "auto";
  std::vector<std::string> jwt_algorithms{"RS256", "ES256", "EdDSA"};
  std::string jwt_jwks_url;
  std::string jwt_jwks_file;
  std::string jwt_jwks_ca_file;
  std::vector<std::string> jwt_secret_env;
  std::chrono::milliseconds jwt_leeway = jwt_rules{}.leeway;
  std::chrono::milliseconds jwt_jwks_refresh = jwks_source::options{}.refresh;

  std::string credentials_key_file;
  std::vector<std::string> credentials_key_env;

  std::string log_level = "info";
  std::string log_format = "text";
};

/// Where a value lies.
template <class T>
using place_of = T& (*)(settings&);
/// Of a number of bytes.
struct place_of_size {
  place_of<std::size_t> bytes;
};

using setting_place = std::variant<
    place_of<std::string>, place_of<std::size_t>, place_of_size,
    place_of<std::chrono::milliseconds>, place_of<std::vector<std::string>>>;
/// In the order of setting_place.
enum class setting_kind { text, count, size, duration, list };

/// One row of the table.
struct setting {
  /// Table of the file that holds it: "server" …
  std::string_view section;
  std::string_view key;
  /// Without the dashes; the environment's name is made from it.
  std::string_view flag;
  setting_place place;
  std::string_view help;
  /// Inclusive, in bytes, milliseconds or as they are; for numbers alone.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// The words allowed, separated by "|"; empty: any.
  std::string_view choices = {};
};

/// Every setting, by section, in the order in which help shows them.
std::span<const setting> all_settings();

setting_kind kind_of(const setting& s);

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

/// Puts a setting to what it is in `from`.
void copy_value(settings& into, const settings& from, const setting& s);

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
