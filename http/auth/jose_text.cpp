#include "http/auth/jose_text.hpp"

#include "http/text/request_json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hansard {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::size_t max_header_bytes = 4096;

constexpr std::array<std::string_view, 7> refused_members = {
    "crit", "zip", "b64", "jwk", "jku", "x5u", "x5c"};

constexpr auto values = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(0xff);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}();

} // namespace

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (unsigned char c : text) {
    auto value = values[c];
    if (value == 0xff)
      return std::nullopt;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xff);
    }
  }
  if ((bits & ((1u << held) - 1)) != 0)
    return std::nullopt;
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (unsigned char c : bytes) {
    bits = (bits << 8) | c;
    for (held += 8; held >= 6;) {
      held -= 6;
      out += alphabet[(bits >> held) & 63];
    }
  }
  if (held > 0)
    out += alphabet[(bits << (6 - held)) & 63];
  return out;
}

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
