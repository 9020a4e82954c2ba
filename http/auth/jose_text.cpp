#include "http/auth/jose_text.hpp"

#include "events/text/base64url.hpp"
#include "http/text/request_json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hansard {

namespace {

constexpr std::size_t max_header_bytes = 4096;

constexpr std::array<std::string_view, 7> refused_members = {
    "crit", "zip", "b64", "jwk", "jku", "x5u", "x5c"};

} // namespace

std::optional<jose_header> read_jose_header(std::string_view encoded) {
  if (encoded.size() > max_header_bytes)
    return std::nullopt;
  auto text = from_base64url(encoded);
  if (!text || !check_json(*text, {4, 32, 32}))
    return std::nullopt;
  json_view object{*text};
  if (!object.is(json_view::kind::object))
    return std::nullopt;
  jose_header header;
  bool good = true;
  object.each_member([&](std::string_view raw, json_view value) {
    auto name = json_view::unescape(raw);
    auto* into = name == "alg"   ? &header.alg
                 : name == "enc" ? &header.enc
                 : name == "kid" ? &header.kid
                                 : nullptr;
    if (into && value.is(json_view::kind::string))
      *into = value.string();
    else if (into)
      good = false;
    good = good
           && std::find(refused_members.begin(), refused_members.end(), name)
                  == refused_members.end();
    return good;
  });
  if (!good || header.alg.empty())
    return std::nullopt;
  return header;
}

} // namespace hansard
