#include "http/message/origin_check.hpp"

#include "http/message/exchange.hpp"
#include "http/text/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace hansard {

namespace {

bool is_listed(
    std::string_view origin, const std::vector<std::string>& origins) {
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

/// What browsers may read of an answer, beyond the simple headers.
constexpr std::string_view exposed =
    "X-Session-Id, X-Turn-Id, X-Request-Id, Retry-After, retry-after-ms, "
    "Idempotent-Replayed, Location, ETag, "
    "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, "
    "x-ratelimit-reset-requests, x-ratelimit-limit-tokens, "
    "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

/// The authority without the port that the scheme has anyway.
std::string_view without_default_port(std::string_view authority) {
  for (std::string_view port : {":80", ":443"})
    if (authority.ends_with(port))
      return authority.substr(0, authority.size() - port.size());
  return authority;
}

} // namespace

bool is_write(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

bool is_own_write(
    const request_head& head, const std::vector<std::string>& origins) {
  if (!head.origin.empty() && is_listed(head.origin, origins))
    return true;
  // Browsers set it and no page can; "none" is the user's own doing.
  if (!head.sec_fetch_site.empty())
    return head.sec_fetch_site == "same-origin"
           || head.sec_fetch_site == "none";
  if (head.origin.empty())
    return true;
  // A proxy may have taken TLS off, so the scheme says nothing.
  auto scheme = head.origin.find("://");
  return scheme != std::string::npos && !head.host.empty()
         && equal_ignoring_case(
             without_default_port(
                 std::string_view(head.origin).substr(scheme + 3)),
             without_default_port(head.host));
}

bool is_origin(std::string_view text) {
  auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed)
    return false;
  auto scheme = parsed->scheme_id();
  bool web = scheme == boost::urls::scheme::http
             || scheme == boost::urls::scheme::https;
  auto lower = std::none_of(
      text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return web && lower && !parsed->encoded_host().empty()
         && parsed->encoded_path().empty() && !parsed->has_query()
         && !parsed->has_fragment() && !parsed->has_userinfo()
         && text.find('*') == text.npos;
}

std::vector<std::pair<std::string, std::string>> cors_headers(
    const request_head& head, const std::vector<std::string>& origins) {
  if (origins.empty())
    return {};
  // A cache must not give one origin's answer to another.
  std::vector<std::pair<std::string, std::string>> out{{"Vary", "Origin"}};
  if (!is_listed(head.origin, origins))
    return out;
  out.emplace_back("Access-Control-Allow-Origin", head.origin);
  out.emplace_back("Access-Control-Allow-Credentials", "true");
  out.emplace_back("Access-Control-Expose-Headers", exposed);
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>>
preflight_headers(
    const request_head& head, std::string_view allow,
    const std::vector<std::string>& origins) {
  if (head.method != "OPTIONS" || head.requested_method.empty()
      || !is_listed(head.origin, origins))
    return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out{
      {"Access-Control-Allow-Methods", std::string(allow)},
      {"Access-Control-Max-Age", "600"}};
  // Whatever a page of a listed origin asks for: SDKs have headers of their
  // own, and what they say decides nothing that the page may not.
  if (!head.requested_headers.empty())
    out.emplace_back("Access-Control-Allow-Headers", head.requested_headers);
  return out;
}

} // namespace hansard
