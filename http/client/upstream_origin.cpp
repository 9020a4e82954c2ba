#include "http/client/upstream_origin.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace hansard {

namespace {

error refuse(std::string_view why) {
  return make_error(
      ec::upstream_failed,
      std::string("the agent's base_url is unusable: ").append(why));
}

} // namespace

result<upstream_target> chat_completions_target(std::string_view base_url) {
  const auto parsed =
      boost::urls::parse_uri({base_url.data(), base_url.size()});
  if (!parsed)
    return refuse("it is not an absolute URL");
  const auto& url = *parsed;
  const bool tls = url.scheme_id() == boost::urls::scheme::https;
  if (!tls && url.scheme_id() != boost::urls::scheme::http)
    return refuse("only http and https are spoken");
  if (url.has_userinfo())
    return refuse("put the key into api_key_env, not into the URL");
  upstream_target target;
  target.origin.tls = tls;
  target.origin.host = std::string(url.host_address());
  if (target.origin.host.empty())
    return refuse("it names no host");
  const auto port = url.port();
  target.origin.port = !port.empty() ? std::string(port.data(), port.size())
                                     : std::string(tls ? "443" : "80");
  const auto host = url.encoded_host();
  target.origin.authority.assign(host.data(), host.size());
  if (!port.empty())
    target.origin.authority.append(1, ':').append(port.data(), port.size());
  const auto path = url.encoded_path();
  target.path.assign(path.data(), path.size());
  while (target.path.ends_with('/'))
    target.path.pop_back();
  target.path += "/chat/completions";
  if (url.has_query()) {
    const auto query = url.encoded_query();
    target.path.append(1, '?').append(query.data(), query.size());
  }
  return target;
}

} // namespace hansard
