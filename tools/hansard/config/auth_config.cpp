#include "tools/hansard/config/auth_config.hpp"

#include "http/message/origin_check.hpp"
#include "tools/hansard/config/read_file.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace hansard {
namespace {

using variables = char* (*)(const char*);

/// HS256 needs as many bytes as its hash has (RFC 7518 §3.2).
constexpr std::size_t min_mac_secret_bytes = 32;

result<secret_text> read_secret(
    std::string_view setting, const std::string& name, variables environment) {
  const char* value = environment(name.c_str());
  if (!value)
    return wrong_setting(
        setting, fmt::format("{} is not in the environment", name));
  if (auto good = check_secret(value); !good)
    return wrong_setting(
        setting, fmt::format("{} {}", name, good.error().message));
  return secret_text{value};
}

result<void> read_session_secrets(
    authentication_options& out, const settings& s, variables environment) {
  constexpr std::string_view setting = "[auth.nextauth] secret_env";
  auto names = s.nextauth_secret_env;
  if (names.empty())
    for (auto name : {"NEXTAUTH_SECRET", "AUTH_SECRET"})
      if (environment(name))
        names.emplace_back(name);
  for (const auto& name : names) {
    auto secret = read_secret(setting, name, environment);
    if (!secret)
      return secret.error();
    out.session_secrets.push_back(*secret);
  }
  auto address = parse_listen(s.listen);
  boost::system::error_code failed;
  bool loopback =
      address
      && boost::asio::ip::make_address(address->host, failed).is_loopback();
  out.secure_cookies_only =
      s.nextauth_secure_cookies == "always"
      || (s.nextauth_secure_cookies == "auto" && (!loopback || failed));
  if (out.session_claims.user.empty())
    return wrong_setting(
        "[auth.nextauth] user_claim", "must name at least one claim");
  return {};
}

result<key_set> read_key_file(const std::string& path) {
  constexpr std::string_view setting = "[auth.jwt] jwks_file";
  auto text = read_regular_file(path, max_key_set_bytes);
  if (!text)
    return wrong_setting(
        setting, fmt::format("{} {}", path, text.error().message));
  auto keys = read_key_set(*text);
  if (!keys)
    return wrong_setting(
        setting, fmt::format("{}: {}", path, keys.error().message));
  return keys;
}

/// Where the keys of the algorithms come from: a URL or a file, or secrets.
result<void> read_token_keys(
    authentication_options& out, const settings& s, variables environment) {
  bool symmetric = std::count(
      out.tokens.algorithms.begin(), out.tokens.algorithms.end(),
      jwt_algorithm::hs256);
  bool asymmetric = out.tokens.algorithms.size() > (symmetric ? 1u : 0u);
  if (symmetric == s.jwt_secret_env.empty())
    return wrong_setting(
        "[auth.jwt] secret_env", symmetric
                                     ? "is missing; algorithms lists HS256, so "
                                       "secret_env must name a variable"
                                     : "is only used with HS256; add it to "
                                       "algorithms, or remove secret_env");
  if (asymmetric == (s.jwt_jwks_url.empty() && s.jwt_jwks_file.empty()))
    return wrong_setting(
        "[auth.jwt] jwks_url",
        asymmetric
            ? "is missing; RS256, ES256 and EdDSA need jwks_url or jwks_file"
            : "jwks_url and jwks_file are only used with RS256, ES256 or "
              "EdDSA; add one of them to algorithms");
  if (!s.jwt_jwks_url.empty() && !s.jwt_jwks_file.empty())
    return wrong_setting(
        "[auth.jwt] jwks_url", "can't be set together with jwks_file");
  if (symmetric && asymmetric)
    return wrong_setting(
        "[auth.jwt] algorithms",
        "HS256 can't be combined with other algorithms");
  for (const auto& name : s.jwt_secret_env) {
    auto secret = read_secret("[auth.jwt] secret_env", name, environment);
    if (!secret)
      return secret.error();
    if (secret->view().size() < min_mac_secret_bytes)
      return wrong_setting(
          "[auth.jwt] secret_env",
          fmt::format(
              "{} must hold at least {} bytes", name, min_mac_secret_bytes));
    out.token_keys.push_back({jwt_algorithm::hs256, {}, nullptr, *secret});
  }
  if (!s.jwt_jwks_file.empty()) {
    auto keys = read_key_file(s.jwt_jwks_file);
    if (!keys)
      return keys.error();
    out.token_keys = std::move(*keys);
  }
  if (!s.jwt_jwks_ca_file.empty()) {
    if (s.jwt_jwks_url.empty())
      return wrong_setting(
          "[auth.jwt] jwks_ca_file", "is only used with jwks_url");
    constexpr std::size_t max_pem_bytes = 4 << 20;
    if (auto text = read_regular_file(s.jwt_jwks_ca_file, max_pem_bytes); !text)
      return wrong_setting(
          "[auth.jwt] jwks_ca_file",
          fmt::format("{} {}", s.jwt_jwks_ca_file, text.error().message));
  }
  if (!s.jwt_jwks_url.empty()) {
    out.token_keys_url.emplace();
    out.token_keys_url->url = s.jwt_jwks_url;
    out.token_keys_url->refresh = s.jwt_jwks_refresh;
    out.token_keys_url->ca_file = s.jwt_jwks_ca_file;
  }
  return {};
}

result<void> read_tokens(
    authentication_options& out, const settings& s, variables environment) {
  if (out.tokens.issuer.empty()) {
    if (!s.jwt_jwks_url.empty() || !s.jwt_jwks_file.empty()
        || !s.jwt_secret_env.empty() || !out.tokens.audiences.empty())
      return wrong_setting(
          "[auth.jwt] issuer", "is missing; the other settings of [auth.jwt] "
                               "have no effect without it");
    return {};
  }
  if (out.tokens.audiences.empty())
    return wrong_setting(
        "[auth.jwt] audience",
        "is missing; without it, tokens for other servers would be accepted");
  out.tokens.leeway =
      std::chrono::duration_cast<std::chrono::seconds>(s.jwt_leeway);
  if (out.tokens.claims.user.empty())
    return wrong_setting(
        "[auth.jwt] user_claim", "must name at least one claim");
  for (const auto& name : s.jwt_algorithms) {
    auto algorithm = jwt_algorithm_named(name);
    if (!algorithm)
      return wrong_setting(
          "[auth.jwt] algorithms",
          fmt::format(
              "\"{}\" is not known; expected RS256, ES256, EdDSA, HS256",
              name));
    out.tokens.algorithms.push_back(*algorithm);
  }
  return read_token_keys(out, s, environment);
}

} // namespace

result<authentication_options>
read_authentication(const settings& s, char* (*environment)(const char*)) {
  auto out = s.server.authentication;
  for (const auto& origin : out.cors_origins)
    if (!is_origin(origin))
      return wrong_setting(
          "[http] cors_origins",
          fmt::format(
              "\"{}\" is not an origin; expected one such as "
              "\"https://app.example.org\"; \"*\" is not allowed, because "
              "answers depend on cookies",
              origin));
  auto proxies = trusted_proxies::parse(s.auth_trusted_proxies);
  if (!proxies)
    return wrong_setting(
        "[auth] trusted_proxies",
        "has an element that is neither an address nor a network such as "
        "10.0.0.0/8");
  out.trusted_proxies = std::move(*proxies);
  if (auto read = read_session_secrets(out, s, environment); !read)
    return read.error();
  if (auto read = read_tokens(out, s, environment); !read)
    return read.error();
  return out;
}

} // namespace hansard
