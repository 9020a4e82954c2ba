#include "http/client/http_url.hpp"
#include "http/text/text.hpp"
#include "tools/hansard/admin/client.hpp"

#include <utility>

namespace hansard {
namespace {

constexpr std::size_t max_key_bytes = 8'192;

} // namespace

bool admin_server::is_private() const {
  return origin.tls || origin.is_loopback();
}

result<admin_server> read_admin_server(std::string_view url) {
  auto read = read_http_url(
      url, {.query = false, .password_advice = "; use an API key instead"});
  if (!read)
    return make_error(
        ec::invalid_request, "The server's URL " + read.error().message
                                 + "; expected one like http://127.0.0.1:8080 "
                                   "or https://hansard.example.");
  admin_server out{std::move(read->origin), std::move(read->path)};
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
