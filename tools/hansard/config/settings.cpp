#include "tools/hansard/config/settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace hansard {
namespace {

constexpr std::uint64_t kib = 1ull << 10;
constexpr std::uint64_t mib = 1ull << 20;
constexpr std::uint64_t gib = 1ull << 30;
constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t hour = 3'600 * second;

using self = settings;
using callers = authentication_options;

/// Follows members inside each other.
template <auto... Path>
constexpr auto at = +[](self& s) -> auto& {
  return (s.*....*Path);
};
template <auto... Path>
constexpr auto in_auth =
    at<&self::server, &server_options::authentication, Path...>;

constexpr auto table = std::to_array<setting>({
    {"server", "listen", "listen", at<&self::listen>,
     "address and port to listen on; port 0 picks a free one"},
    {"server", "tls_certificate", "tls-certificate",
     at<&self::server, &server_options::tls_certificate_file>,
     "PEM file with the certificate chain; with it and tls_key, the server "
     "speaks HTTPS"},
    {"server", "tls_key", "tls-key",
     at<&self::server, &server_options::tls_key_file>,
     "PEM file with the certificate's private key"},
    {"server", "hsts_max_age", "hsts-max-age",
     at<&self::server, &server_options::hsts_max_age>,
     "max-age of the HSTS header, which is sent with TLS; it holds for all "
     "ports "
     "of the host; 0 disables the header",
     0, 2 * 365 * 24 * hour},
    {"server", "io_threads", "io-threads", at<&self::io_threads>,
     "threads for sockets; 0 means one per core", 0, 256},
    {"server", "query_threads", "query-threads",
     at<&self::server, &server_options::query_threads>,
     "threads that read lists and histories", 1, 256},
    {"server", "max_connections", "max-connections",
     at<&self::server, &server_options::max_connections>,
     "most clients connected at once; others are rejected with 503", 1,
     1'000'000},
    {"server", "max_streams", "max-streams",
     at<&self::server, &server_options::max_streams>,
     "most chat streams open at once; others are rejected with 503", 1,
     1'000'000},
    {"server", "max_waiting_queries", "max-waiting-queries",
     at<&self::server, &server_options::max_waiting_queries>,
     "most reads that wait for a query thread; others are rejected with 503", 1,
     1'000'000},
    {"server", "header_limit", "header-limit",
     place_of_size{at<&self::server, &server_options::max_header_bytes>},
     "largest request line and header; larger ones are rejected with 431", kib,
     16 * mib},
    {"server", "body_limit", "body-limit",
     place_of_size{at<&self::server, &server_options::max_body_bytes>},
     "largest request body; larger ones are rejected with 413", kib, gib},
    {"server", "bodies_limit", "bodies-limit",
     place_of_size{at<&self::server, &server_options::max_bodies_bytes>},
     "memory for all request bodies together; requests above it are rejected "
     "with 503",
     mib, 64 * gib},
    {"server", "tls_handshake_timeout", "tls-handshake-timeout",
     at<&self::server, &server_options::tls_handshake_timeout>,
     "how long a client's TLS handshake may take", 100, hour},
    {"server", "header_timeout", "header-timeout",
     at<&self::server, &server_options::header_timeout>,
     "how long a client may take to send a request's header", 100, hour},
    {"server", "body_timeout", "body-timeout",
     at<&self::server, &server_options::body_timeout>,
     "how long a client may take to send a request's body", 100, hour},
    {"server", "idle_timeout", "idle-timeout",
     at<&self::server, &server_options::idle_timeout>,
     "how long a connection may wait for its next request", 100, 24 * hour},
    {"server", "write_timeout", "write-timeout",
     at<&self::server, &server_options::write_timeout>,
     "how long a client may read nothing before its connection is closed", 100,
     hour},
    {"server", "head_wait", "head-wait",
     at<&self::server, &server_options::head_wait>,
     "how long a chat's response waits for the first token, so that an early "
     "failure gets an HTTP status",
     0, 60 * second},
    {"server", "ping_interval", "ping-interval",
     at<&self::server, &server_options::ping_interval>,
     "time between two keep-alive comments on a stream", 100, hour},
    {"server", "read_patience", "read-patience",
     at<&self::server, &server_options::read_patience>,
     "how long a read waits for what was recorded before it; then it is "
     "rejected with 503",
     0, 60 * second},
    {"server", "drain_timeout", "drain-timeout", at<&self::drain_timeout>,
     "how long running turns may go on after SIGTERM; then they are "
     "interrupted",
     0, hour},
    {"storage", "path", "storage-path", at<&self::storage_path>,
     "the data folder; it is created if it is missing"},
    {"storage", "cache", "storage-cache",
     place_of_size{at<&self::storage_cache>},
     "memory for cached blocks of the log", mib, 1024 * gib},
    {"storage", "max_open_files", "storage-max-open-files",
     at<&self::storage_max_open_files>, "most files that the log keeps open",
     16, 100'000},
    {"storage", "min_free", "storage-min-free",
     place_of_size{at<&self::actors, &controller_options::min_free_bytes>},
     "new turns are rejected when the disk has less free space than this", 0,
     1024 * gib},
    {"sessions", "passivate_after", "sessions-passivate-after",
     at<&self::actors, &controller_options::passivate_after>,
     "how long a session without a turn or a client stays in memory", 100,
     24 * hour},
    {"sessions", "max_running_turns", "sessions-max-running-turns",
     at<&self::actors, &controller_options::max_running_turns>,
     "most turns that run at once; others are rejected with 503", 1, 1'000'000},
    {"sessions", "queue_patience", "sessions-queue-patience",
     at<&self::actors, &controller_options::queue_patience>,
     "how long a message with onBusy queue or interrupt waits; then it is "
     "rejected with 409",
     100, hour},
    {"sessions", "worker_threads", "sessions-worker-threads",
     at<&self::actors, &controller_options::worker_threads>,
     "threads for actors; 0 means one per core", 0, 256},
    {"http", "cors_origins", "http-cors-origins",
     in_auth<&callers::cors_origins>,
     "other origins whose pages may call the server with cookies; empty means "
     "none"},
    {"auth", "max_failures", "auth-max-failures",
     in_auth<&callers::max_failures>,
     "most failed logins from one address in a window; others are rejected "
     "with "
     "429; 0 disables the limit",
     0, 1'000'000},
    {"auth", "failure_window", "auth-failure-window",
     in_auth<&callers::failure_window>, "length of the window of max_failures",
     second, 24 * hour},
    {"auth", "trusted_proxies", "auth-trusted-proxies",
     at<&self::auth_trusted_proxies>,
     "addresses and networks of proxies whose X-Forwarded-For is accepted"},
    {"auth.nextauth", "secret_env", "auth-nextauth-secret-env",
     at<&self::nextauth_secret_env>,
     "variables that hold the secret of NextAuth or Auth.js, newest first; the "
     "default is NEXTAUTH_SECRET and AUTH_SECRET, if they are set"},
    {"auth.nextauth", "secure_cookies", "auth-nextauth-secure-cookies",
     at<&self::nextauth_secure_cookies>,
     "accept only __Secure- cookies; auto means yes, unless listen is a "
     "loopback "
     "address",
     0, 0, "always|auto|never"},
    {"auth.nextauth", "user_claim", "auth-nextauth-user-claim",
     in_auth<&callers::session_claims, &claim_rules::user>,
     "claims that can name the user; the first one present is used"},
    {"auth.nextauth", "role_claim", "auth-nextauth-role-claim",
     in_auth<&callers::session_claims, &claim_rules::role>,
     "claim that names the user's role"},
    {"auth.nextauth", "admin_roles", "auth-nextauth-admin-roles",
     in_auth<&callers::session_claims, &claim_rules::admin_roles>,
     "values of role_claim that make the user an admin"},
    {"auth.nextauth", "auditor_roles", "auth-nextauth-auditor-roles",
     in_auth<&callers::session_claims, &claim_rules::auditor_roles>,
     "values of role_claim that make the user an auditor"},
    {"auth.nextauth", "groups_claim", "auth-nextauth-groups-claim",
     in_auth<&callers::session_claims, &claim_rules::groups>,
     "claim that lists the user's groups"},
    {"auth.jwt", "issuer", "auth-jwt-issuer",
     in_auth<&callers::tokens, &jwt_rules::issuer>,
     "tokens are accepted from this issuer (iss); empty means that no tokens "
     "are accepted"},
    {"auth.jwt", "audience", "auth-jwt-audience",
     in_auth<&callers::tokens, &jwt_rules::audiences>,
     "a token must have one of these audiences (aud)"},
    {"auth.jwt", "algorithms", "auth-jwt-algorithms", at<&self::jwt_algorithms>,
     "signature algorithms that are accepted: RS256, ES256, EdDSA, HS256"},
    {"auth.jwt", "jwks_url", "auth-jwt-jwks-url", at<&self::jwt_jwks_url>,
     "URL from which the issuer's keys are fetched"},
    {"auth.jwt", "jwks_file", "auth-jwt-jwks-file", at<&self::jwt_jwks_file>,
     "file with the issuer's keys, instead of jwks_url"},
    {"auth.jwt", "jwks_ca_file", "auth-jwt-jwks-ca-file",
     at<&self::jwt_jwks_ca_file>,
     "PEM file with certificate authorities that jwks_url accepts besides the "
     "system's"},
    {"auth.jwt", "secret_env", "auth-jwt-secret-env", at<&self::jwt_secret_env>,
     "variables that hold secrets for HS256"},
    {"auth.jwt", "leeway", "auth-jwt-leeway", at<&self::jwt_leeway>,
     "how far the issuer's clock may differ from the server's", 0,
     600 * second},
    {"auth.jwt", "jwks_refresh", "auth-jwt-jwks-refresh",
     at<&self::jwt_jwks_refresh>, "time between two fetches of jwks_url",
     second, 24 * hour},
    {"auth.jwt", "user_claim", "auth-jwt-user-claim",
     in_auth<&callers::tokens, &jwt_rules::claims, &claim_rules::user>,
     "claims that can name the user; the first one present is used"},
    {"auth.jwt", "role_claim", "auth-jwt-role-claim",
     in_auth<&callers::tokens, &jwt_rules::claims, &claim_rules::role>,
     "claim that names the user's role"},
    {"auth.jwt", "admin_roles", "auth-jwt-admin-roles",
     in_auth<&callers::tokens, &jwt_rules::claims, &claim_rules::admin_roles>,
     "values of role_claim that make the user an admin"},
    {"auth.jwt", "auditor_roles", "auth-jwt-auditor-roles",
     in_auth<&callers::tokens, &jwt_rules::claims, &claim_rules::auditor_roles>,
     "values of role_claim that make the user an auditor"},
    {"auth.jwt", "groups_claim", "auth-jwt-groups-claim",
     in_auth<&callers::tokens, &jwt_rules::claims, &claim_rules::groups>,
     "claim that lists the user's groups"},
    {"credentials", "key_file", "credentials-key-file",
     at<&self::credentials_key_file>,
     "file with the keys that encrypt provider credentials, one per line; the "
     "first encrypts, and all of them decrypt"},
    {"credentials", "key_env", "credentials-key-env",
     at<&self::credentials_key_env>,
     "variables that hold such keys, newest first; the default is "
     "HANSARD_CREDENTIALS_KEY, if it is set"},
    {"log", "level", "log-level", at<&self::log_level>,
     "lowest level of the lines that are written to stderr", 0, 0,
     "debug|info|warn|error"},
    {"log", "format", "log-format", at<&self::log_format>,
     "key=value text or JSON, one line per event", 0, 0, "text|json"},
});

error bad(std::string message) {
  return make_error(ec::invalid_request, std::move(message));
}

result<void> check_range(
    const setting& s, std::uint64_t value, std::string_view text,
    const std::string& min, const std::string& max) {
  if (value >= s.min && value <= s.max)
    return {};
  return bad(
      fmt::format("{} is out of range; expected {} to {}", text, min, max));
}

result<void> read(std::string& into, const setting& s, std::string_view text) {
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7f)
      return bad("has a control character; expected text of one line");
  if (!s.choices.empty()) {
    // "|info|" in "|debug|info|…|".
    const auto allowed = fmt::format("|{}|", s.choices);
    if (text.find('|') != text.npos
        || allowed.find(fmt::format("|{}|", text)) == allowed.npos)
      return bad(
          fmt::format("\"{}\" is not known; expected {}", text, s.choices));
  }
  into = text;
  return {};
}

result<void> read(std::size_t& into, const setting& s, std::string_view text) {
  std::size_t value = 0;
  const auto* end = text.data() + text.size();
  auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end)
    return bad(fmt::format(
        "\"{}\" is not a whole number; expected {} to {}", text, s.min, s.max));
  auto fits =
      check_range(s, value, text, std::to_string(s.min), std::to_string(s.max));
  if (fits)
    into = value;
  return fits;
}

result<void> read(byte_size& into, const setting& s, std::string_view text) {
  auto value = parse_size(text);
  if (!value)
    return bad(fmt::format(
        "\"{}\" is not a size; expected a number and a unit, as in \"8MiB\"",
        text));
  auto fits = check_range(
      s, value->bytes, text, format_size({s.min}), format_size({s.max}));
  if (fits)
    into = *value;
  return fits;
}

result<void>
read(std::chrono::milliseconds& into, const setting& s, std::string_view text) {
  using std::chrono::milliseconds;
  auto value = parse_duration(text);
  if (!value)
    return bad(fmt::format(
        "\"{}\" is not a duration; expected a number and a unit, as in \"15s\" "
        "or \"500ms\"",
        text));
  auto fits = check_range(
      s, static_cast<std::uint64_t>(value->count()), text,
      format_duration(milliseconds(s.min)),
      format_duration(milliseconds(s.max)));
  if (fits)
    into = *value;
  return fits;
}

result<void>
read(std::vector<std::string>& into, const setting&, std::string_view text) {
  std::vector<std::string> elements;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto one = text.substr(0, comma);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    for (unsigned char c : one)
      if (c < 0x20 || c == 0x7f)
        return bad("has a control character; expected text of one line");
    if (one.empty())
      return bad("has an empty element");
    if (elements.size() >= max_list_elements)
      return bad(fmt::format("has more than {} elements", max_list_elements));
    elements.emplace_back(one);
  }
  into = std::move(elements);
  return {};
}

std::string show(const std::vector<std::string>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}
std::string show(const std::string& value) { return value; }
std::string show(std::size_t value) { return std::to_string(value); }
std::string show(byte_size value) { return format_size(value); }
std::string show(std::chrono::milliseconds value) {
  return format_duration(value);
}

} // namespace

std::span<const setting> all_settings() { return table; }

std::string environment_name(const setting& s) {
  std::string name = "HANSARD_";
  for (char c : s.flag) {
    if (c == '-')
      name += '_';
    else
      name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

setting_kind kind_of(const setting& s) {
  return static_cast<setting_kind>(s.place.index());
}

bool is_text(const setting& s) { return kind_of(s) != setting_kind::count; }

result<void> assign(settings& into, const setting& s, std::string_view text) {
  return std::visit(
      [&](auto place) {
        if constexpr (std::is_same_v<decltype(place), place_of_size>) {
          byte_size size;
          auto done = read(size, s, text);
          if (done)
            place.bytes(into) = size.bytes;
          return done;
        } else {
          return read(place(into), s, text);
        }
      },
      s.place);
}

std::string text_of(const settings& from, const setting& s) {
  // Places lead to what can be changed; here it is only read.
  auto& readable = const_cast<settings&>(from);
  return std::visit(
      [&](auto place) {
        if constexpr (std::is_same_v<decltype(place), place_of_size>)
          return show(byte_size{place.bytes(readable)});
        else
          return show(place(readable));
      },
      s.place);
}

void copy_value(settings& into, const settings& from, const setting& s) {
  auto& readable = const_cast<settings&>(from);
  std::visit(
      [&](auto place) {
        if constexpr (std::is_same_v<decltype(place), place_of_size>)
          place.bytes(into) = place.bytes(readable);
        else
          place(into) = place(readable);
      },
      s.place);
}

result<listen_address> parse_listen(std::string_view text) {
  const auto wrong = [&] {
    return bad(fmt::format(
        "\"{}\" is not an address to listen on; expected an IP address and a "
        "port, as in \"127.0.0.1:8080\" or \"[::1]:0\"",
        text));
  };
  const auto colon = text.rfind(':');
  if (colon == text.npos)
    return wrong();
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed =
      host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  else if (host == "localhost")
    host = "127.0.0.1";
  boost::system::error_code problem;
  const auto ip = boost::asio::ip::make_address(std::string(host), problem);
  if (problem || ip.is_v6() != bracketed)
    return wrong();
  listen_address address{std::string(host), 0};
  const auto* end = port.data() + port.size();
  auto [rest, failed] = std::from_chars(port.data(), end, address.port);
  if (failed != std::errc{} || rest != end)
    return wrong();
  return address;
}

result<void> validate(const settings& s) {
  if (auto address = parse_listen(s.listen); !address)
    return bad("[server] listen: " + address.error().message);
  if (s.server.tls_certificate_file.empty() != s.server.tls_key_file.empty())
    return bad("[server] tls_certificate and tls_key must be set together; one "
               "of them "
               "is missing");
  if (s.storage_path.empty())
    return bad("[storage] path: is empty; it must name a folder");
  return {};
}

error wrong_setting(std::string_view setting, std::string_view what) {
  return make_error(ec::invalid_request, fmt::format("{}: {}", setting, what));
}

} // namespace hansard
