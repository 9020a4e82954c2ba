#include "http/client/upstream_origin.hpp"

#include "http/client/http_url.hpp"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

namespace hansard {

bool upstream_origin::is_loopback() const {
  if (host == "localhost")
    return true;
  // "127.example.org" is a name like any other.
  const auto v4 = boost::urls::parse_ipv4_address(host);
  const auto v6 = boost::urls::parse_ipv6_address(host);
  return (v4 && v4->is_loopback()) || (v6 && v6->is_loopback());
}

result<upstream_target> chat_completions_target(std::string_view base_url) {
  auto url = read_http_url(
      base_url,
      {.password_advice = "; put the key into api_key_env, not into the URL"});
  if (!url)
    return make_error(
        ec::upstream_failed, "the agent's base_url " + url.error().message);
  while (url->path.ends_with('/'))
    url->path.pop_back();
  url->path += "/chat/completions";
  return upstream_target{url->origin, url->target()};
}

} // namespace hansard
