#include "http/wire/request_target.hpp"

#include "events/text/utf8.hpp"
#include "http/text/text.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace hansard {

namespace {

namespace urls = boost::urls;

/// Host and port as one compares them.
struct place {
  std::string host;
  std::uint16_t port = 0;
};

/// nullopt: nobody's address.
std::optional<place>
read_place(const urls::authority_view& from, std::uint16_t usual_port) {
  auto host = std::string_view(from.encoded_host());
  if (from.has_userinfo() || host.empty())
    return std::nullopt;
  place out{std::string(host), usual_port};
  if (auto port = std::string_view(from.port()); !port.empty()) {
    auto end = port.data() + port.size();
    auto [at, failed] = std::from_chars(port.data(), end, out.port);
    if (failed != std::errc{} || at != end)
      return std::nullopt;
  }
  return out;
}

/// Escapes hide nothing: what they spell is text, without what would end it or
/// a line of it. A query may have line ends, in words one looks for.
bool spells_text(urls::pct_string_view encoded, bool in_path) {
  std::string_view raw{encoded.data(), encoded.size()};
  if (raw.find('%') == raw.npos)
    return true;
  auto spelt = encoded.decode();
  auto stops = [in_path](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte == 0 || (in_path && (byte < 0x20 || byte == 0x7f));
  };
  return is_utf8(spelt) && std::none_of(spelt.begin(), spelt.end(), stops);
}

int byte_of(char c) { return static_cast<unsigned char>(c); }

constexpr std::string_view bad_target = "The request target is not valid.";

} // namespace

std::optional<std::string> complaint_about_target(
    std::string_view target, std::optional<std::string_view> host) {
  const bool is_path = target.starts_with('/');
  auto parsed = is_path
                    ? urls::parse_origin_form({target.data(), target.size()})
                    : urls::parse_uri({target.data(), target.size()});
  if (!parsed || parsed->has_fragment()
      || !spells_text(parsed->encoded_path(), true)
      || !spells_text(parsed->encoded_query(), false))
    return std::string(bad_target);
  const bool tls = parsed->scheme_id() == urls::scheme::https;
  const std::uint16_t usual_port = tls ? 443 : 80;
  std::optional<place> named;
  if (host) {
    auto authority = urls::parse_authority({host->data(), host->size()});
    if (authority)
      named = read_place(*authority, usual_port);
    if (!named)
      return "The Host header does not name a host.";
  }
  if (is_path)
    return std::nullopt;
  if ((!tls && parsed->scheme_id() != urls::scheme::http)
      || !parsed->has_authority())
    return std::string(bad_target);
  auto aimed = read_place(parsed->authority(), usual_port);
  if (!aimed)
    return std::string(bad_target);
  if (named
      && (!equal_ignoring_case(aimed->host, named->host)
          || aimed->port != named->port))
    return "The request target and the Host header name different hosts.";
  return std::nullopt;
}

std::string escape_query(std::string_view target) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view stray = "[]|{}^`\\\"<>";
  const auto query = target.find('?');
  if (query == target.npos)
    return std::string(target);
  std::string out(target.substr(0, query + 1));
  for (auto at = query + 1; at < target.size(); ++at) {
    const char c = target[at];
    const auto byte = static_cast<unsigned char>(c);
    const bool escapes = c == '%' && at + 2 < target.size()
                         && std::isxdigit(byte_of(target[at + 1]))
                         && std::isxdigit(byte_of(target[at + 2]));
    if ((c != '%' || escapes) && byte < 0x80 && stray.find(c) == stray.npos) {
      out += c;
      continue;
    }
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 0xf];
  }
  return out;
}

} // namespace hansard
