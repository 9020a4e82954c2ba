#include "http/client/http_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace hansard {

namespace {

error bad_url(std::string_view why) {
  return make_error(ec::invalid_request, std::string(why));
}

template <class Text>
std::string copy_of(const Text& text) {
  return std::string(text.data(), text.size());
}

/// Empty: it is none.
std::string port_of(const std::string& written, bool tls) {
  if (written.empty())
    return tls ? "443" : "80";
  unsigned number = 0;
  const auto* end = written.data() + written.size();
  const auto [rest, failed] = std::from_chars(written.data(), end, number);
  const bool good =
      failed == std::errc{} && rest == end && number > 0 && number < 65'536;
  return good ? std::to_string(number) : std::string();
}

} // namespace

std::string http_url::target() const {
  auto out = path.empty() ? "/" : path;
  if (query)
    out.append(1, '?').append(*query);
  return out;
}

result<http_url> read_http_url(std::string_view text, url_rules rules) {
  if (text.size() > max_http_url_bytes)
    return bad_url("is too long");
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed)
    return bad_url("is not a URL");
  http_url out;
  auto& origin = out.origin;
  origin.tls = parsed->scheme_id() == boost::urls::scheme::https;
  if (!origin.tls && parsed->scheme_id() != boost::urls::scheme::http)
    return bad_url("does not begin with http:// or https://");
  if (parsed->has_userinfo())
    return bad_url(std::string("has a user or password in it")
                       .append(rules.password_advice));
  origin.authority = copy_of(parsed->encoded_host());
  origin.host = copy_of(parsed->host_address());
  if (origin.host.empty())
    return bad_url("names no host");
  if (origin.authority.find('%') != std::string::npos)
    return bad_url("has a host with percent escapes");
  const auto port = copy_of(parsed->port());
  origin.port = port_of(port, origin.tls);
  out.path = copy_of(parsed->encoded_path());
  // Boost.URL 1.81 reads "h:x" as a host, an empty port and the path "x".
  if (origin.port.empty() || (!out.path.empty() && out.path.front() != '/'))
    return bad_url("has a port that is not a number from 1 to 65535");
  if (!port.empty())
    origin.authority += ':' + origin.port;
  if (!origin.tls && !rules.plain_afar && !origin.is_loopback())
    return bad_url("is not https, and what comes over http could be anybody's");
  if (parsed->has_fragment() || (parsed->has_query() && !rules.query))
    return bad_url("has a query or a fragment");
  if (parsed->has_query())
    out.query = copy_of(parsed->encoded_query());
  return out;
}

} // namespace hansard
