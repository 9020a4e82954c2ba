#include "http/auth/session_cookie.hpp"

#include "events/text/base64url.hpp"
#include "http/auth/freed_by.hpp"
#include "http/auth/jose_text.hpp"
#include "http/text/text.hpp"

#include <cjose/cjose.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>

namespace hansard {

namespace {

constexpr std::size_t max_chunks = 32;
constexpr std::size_t gcm_iv_bytes = 12;
constexpr std::size_t gcm_tag_bytes = 16;
constexpr std::size_t cbc_iv_bytes = 16;
constexpr std::size_t cbc_tag_bytes = 32;

/// RFC 5869 with SHA-256. OpenSSL fails here only without memory.
secret_text derive(
    std::string_view secret, std::string_view salt, std::string info,
    std::size_t size) {
  std::unique_ptr<EVP_KDF, freed_by<EVP_KDF_free>> kdf{
      EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  std::unique_ptr<EVP_KDF_CTX, freed_by<EVP_KDF_CTX_free>> context{
      EVP_KDF_CTX_new(kdf.get())};
  auto text = [](const char* name, std::string_view bytes) {
    return OSSL_PARAM_construct_octet_string(
        name, const_cast<char*>(bytes.data()), bytes.size());
  };
  char digest[] = "SHA256";
  OSSL_PARAM given[5] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      text(OSSL_KDF_PARAM_KEY, secret), text(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  // OpenSSL takes no empty salt; without one it is that of RFC 5869, zeros.
  if (!salt.empty())
    given[3] = text(OSSL_KDF_PARAM_SALT, salt);
  std::string out(size, '\0');
  if (EVP_KDF_derive(
          context.get(), reinterpret_cast<unsigned char*>(out.data()), size,
          given)
      != 1)
    throw std::runtime_error("HKDF failed");
  secret_text key{out};
  OPENSSL_cleanse(out.data(), out.size());
  return key;
}

std::string thumbprint(std::string_view key) {
  auto json = R"({"k":")" + to_base64url(key) + R"(","kty":"oct"})";
  unsigned char digest[64];
  EVP_Digest(json.data(), json.size(), digest, nullptr, EVP_sha512(), nullptr);
  OPENSSL_cleanse(json.data(), json.size());
  return to_base64url({reinterpret_cast<char*>(digest), sizeof digest});
}

/// The parts' sizes and forms, which the library takes more lightly.
bool is_well_formed(std::string_view token, bool gcm) {
  auto parts = split_compact<5>(token);
  // With "dir" there is no encrypted key (RFC 7518 §4.5).
  if (!parts || !(*parts)[1].empty())
    return false;
  auto iv = from_base64url((*parts)[2]);
  auto sealed = from_base64url((*parts)[3]);
  auto tag = from_base64url((*parts)[4]);
  if (!iv || !sealed || !tag || sealed->empty())
    return false;
  if (gcm)
    return iv->size() == gcm_iv_bytes && tag->size() == gcm_tag_bytes;
  return iv->size() == cbc_iv_bytes && tag->size() == cbc_tag_bytes
         && sealed->size() % 16 == 0;
}

std::optional<std::string>
decrypt(std::string_view token, const secret_text& key) {
  cjose_err failed{};
  auto bytes = key.view();
  std::unique_ptr<cjose_jwk_t, freed_by<cjose_jwk_release>> jwk{
      cjose_jwk_create_oct_spec(
          reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
          &failed)};
  std::unique_ptr<cjose_jwe_t, freed_by<cjose_jwe_release>> jwe{
      cjose_jwe_import(token.data(), token.size(), &failed)};
  if (!jwk || !jwe)
    return std::nullopt;
  std::size_t size = 0;
  auto* plain = cjose_jwe_decrypt(jwe.get(), jwk.get(), &size, &failed);
  if (!plain)
    return std::nullopt;
  std::string out(reinterpret_cast<char*>(plain), size);
  OPENSSL_cleanse(plain, size);
  cjose_get_dealloc()(plain);
  return out;
}

/// "name" or "name.12" of a cookie, split.
struct cookie_part {
  std::size_t name;
  /// nullopt: the bare one.
  std::optional<std::size_t> chunk;
};

std::optional<cookie_part> session_part(std::string_view name) {
  for (std::size_t i = 0; i < std::size(session_cookie_names); ++i) {
    auto rest = name;
    if (!rest.starts_with(session_cookie_names[i]))
      continue;
    rest.remove_prefix(session_cookie_names[i].size());
    if (rest.empty())
      return cookie_part{i, std::nullopt};
    if (rest[0] != '.')
      continue;
    rest.remove_prefix(1);
    std::size_t number = 0;
    auto end = rest.data() + rest.size();
    auto [stop, failed] = std::from_chars(rest.data(), end, number);
    // "01" would be another name for "1".
    bool canonical = rest == "0" || !rest.starts_with('0');
    if (failed == std::errc{} && stop == end && canonical
        && number < max_chunks)
      return cookie_part{i, number};
  }
  return std::nullopt;
}

/// Values of one cookie name that differ: a header has a name twice when
/// cookies of two paths or domains meet. More are passed over.
constexpr std::size_t max_values = 3;
/// Shorter runs of chunks that are tried when the whole is no token: a longer
/// token of before leaves its last chunks behind.
constexpr std::size_t max_shorter_runs = 4;

using values = std::vector<std::string_view>;

void add_value(values& all, std::string_view value) {
  // RFC 6265 §4.1.1 lets a value stand in quotes.
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  bool known = std::find(all.begin(), all.end(), value) != all.end();
  if (!known && all.size() < max_values)
    all.push_back(value);
}

/// What a header has under one name.
struct found_cookie {
  values bare;
  std::map<std::size_t, values> chunks;
};

void add_candidates(
    std::vector<session_cookie>& out, std::string_view name,
    const found_cookie& found) {
  std::size_t run = 0;
  std::size_t choices = 1;
  for (const auto& [number, pieces] : found.chunks) {
    if (number != run)
      break;
    ++run;
    choices = std::max(choices, pieces.size());
  }
  // Where chunks are there twice, those that came at the same place belong
  // together.
  for (std::size_t choice = 0; choice < choices; ++choice)
    for (std::size_t left = 0; left <= max_shorter_runs && left < run; ++left) {
      std::string joined;
      for (std::size_t i = 0; i < run - left; ++i) {
        const auto& pieces = found.chunks.at(i);
        joined += pieces[std::min(choice, pieces.size() - 1)];
      }
      out.push_back({name, std::move(joined)});
    }
  for (auto value : found.bare)
    out.push_back({name, std::string(value)});
}

} // namespace

std::vector<session_cookie>
find_session_cookies(std::string_view header, bool secure_only) {
  found_cookie found[std::size(session_cookie_names)];
  while (!header.empty()) {
    auto end = header.find(';');
    auto pair = header.substr(0, end);
    header = end == header.npos ? std::string_view{} : header.substr(end + 1);
    auto equals = pair.find('=');
    if (equals == pair.npos)
      continue;
    auto part = session_part(trimmed(pair.substr(0, equals)));
    if (!part)
      continue;
    auto value = trimmed(pair.substr(equals + 1));
    auto& theirs = found[part->name];
    add_value(part->chunk ? theirs.chunks[*part->chunk] : theirs.bare, value);
  }
  std::vector<session_cookie> out;
  for (std::size_t i = 0; i < std::size(session_cookie_names); ++i)
    if (!secure_only || session_cookie_names[i].starts_with("__Secure-"))
      add_candidates(out, session_cookie_names[i], found[i]);
  std::erase_if(out, [](const session_cookie& cookie) {
    return cookie.token.size() > max_token_bytes;
  });
  return out;
}

session_keys::session_keys(std::string_view secret)
    : v4_(derive(secret, {}, "NextAuth.js Generated Encryption Key", 32)) {
  for (std::size_t i = 0; i < std::size(session_cookie_names); ++i) {
    auto name = session_cookie_names[i];
    auto info = "Auth.js Generated Encryption Key (" + std::string(name) + ")";
    cbc_[i] = derive(secret, name, info, 64);
    gcm_[i] = derive(secret, name, info, 32);
    kids_[i] = thumbprint(cbc_[i].view());
  }
}

std::optional<std::string> open_session_token(
    const session_cookie& cookie, const std::vector<session_keys>& keys) {
  if (cookie.token.size() > max_token_bytes)
    return std::nullopt;
  auto header = read_jose_header(
      std::string_view(cookie.token).substr(0, cookie.token.find('.')));
  if (!header || header->alg != "dir")
    return std::nullopt;
  bool gcm = header->enc == "A256GCM";
  if ((!gcm && header->enc != "A256CBC-HS512")
      || !is_well_formed(cookie.token, gcm))
    return std::nullopt;
  // By `kid` first: a secret that was rotated away costs nothing then.
  for (bool named : {true, false}) {
    for (const auto& of_secret : keys) {
      for (std::size_t i = 0; i < std::size(session_cookie_names); ++i) {
        if (!cookie.name.empty() && cookie.name != session_cookie_names[i])
          continue;
        if ((header->kid == of_secret.kid(i)) != named)
          continue;
        auto& key = gcm ? of_secret.v5_gcm(i) : of_secret.v5_cbc(i);
        if (auto opened = decrypt(cookie.token, key))
          return opened;
      }
      if (gcm && !named)
        if (auto opened = decrypt(cookie.token, of_secret.v4()))
          return opened;
    }
  }
  return std::nullopt;
}

} // namespace hansard
