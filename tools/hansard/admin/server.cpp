#include "http/text/text.hpp"
#include "tools/hansard/admin/client.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace hansard {
namespace {

constexpr std::size_t max_url_bytes = 2'048;
constexpr std::size_t max_key_bytes = 8'192;

error bad_url(std::string_view why) {
  return make_error(
      ec::invalid_request, "The server's URL " + std::string(why)
                               + "; expected one like http://127.0.0.1:8080 or "
                                 "https://hansard.example.");
}

} // namespace

bool admin_server::is_private() const {
  return origin.tls || origin.host == "localhost" || origin.host == "::1"
         || origin.host.starts_with("127.");
}

result<admin_server> read_admin_server(std::string_view url) {
  const auto parsed = url.size() <= max_url_bytes
                          ? boost::urls::parse_uri({url.data(), url.size()})
                          : boost::urls::parse_uri("");
  if (!parsed)
    return bad_url("is not a URL");
  admin_server out;
  out.origin.tls = parsed->scheme_id() == boost::urls::scheme::https;
  if (!out.origin.tls && parsed->scheme_id() != boost::urls::scheme::http)
    return bad_url("does not begin with http:// or https://");
  if (parsed->has_userinfo())
    return bad_url("has a user or password in it; use an API key instead");
  if (parsed->has_query() || parsed->has_fragment())
    return bad_url("has a query or a fragment");
  out.origin.host = std::string(parsed->host_address());
  if (out.origin.host.empty())
    return bad_url("names no host");
  const auto port = parsed->port();
  out.origin.port = port.empty() ? (out.origin.tls ? "443" : "80")
                                 : std::string(port.data(), port.size());
  const auto authority = parsed->encoded_host_and_port();
  out.origin.authority.assign(authority.data(), authority.size());
  const auto path = parsed->encoded_path();
  out.prefix.assign(path.data(), path.size());
  // Boost.URL 1.81 reads "h:x" as a host, an empty port and the path "x".
  if (!out.prefix.empty() && out.prefix.front() != '/')
    return bad_url("has a port that is not a number");
  while (out.prefix.ends_with('/'))
    out.prefix.pop_back();
  return out;
}

result<secret_text> read_admin_key(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == text.npos)
    return make_error(ec::invalid_request, "The key is empty.");
  text = text.substr(first, text.find_last_not_of(space) - first + 1);
  if (!is_header_safe(text, max_key_bytes) || text.find(' ') != text.npos)
    return make_error(
        ec::invalid_request,
        "The key is too long, or it contains a space or another character "
        "that a header can't carry; give the key alone, without \"Bearer\".");
  return secret_text{std::string(text)};
}

} // namespace hansard
