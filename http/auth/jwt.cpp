#include "http/auth/jwt.hpp"

#include "events/text/base64url.hpp"
#include "http/auth/freed_by.hpp"
#include "http/auth/jose_text.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>

namespace hansard {

namespace {

const unsigned char* to_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// RFC 7518 §3.4: r and s, 32 bytes each. OpenSSL wants them in DER.
std::string to_der(std::string_view signature) {
  if (signature.size() != 64)
    return {};
  std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>> parts{ECDSA_SIG_new()};
  auto* r = BN_bin2bn(to_bytes(signature), 32, nullptr);
  auto* s = BN_bin2bn(to_bytes(signature.substr(32)), 32, nullptr);
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  auto size = i2d_ECDSA_SIG(parts.get(), &der);
  if (size <= 0)
    return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool is_signed_by(
    const verification_key& key, std::string_view text,
    std::string_view signature) {
  if (key.algorithm == jwt_algorithm::hs256) {
    unsigned char mac[32];
    unsigned size = sizeof mac;
    auto secret = key.secret.view();
    return HMAC(
               EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
               to_bytes(text), text.size(), mac, &size)
           && signature.size() == sizeof mac
           && CRYPTO_memcmp(mac, signature.data(), sizeof mac) == 0;
  }
  std::string der;
  if (key.algorithm == jwt_algorithm::es256) {
    der = to_der(signature);
    signature = der;
  }
  std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>> context{
      EVP_MD_CTX_new()};
  auto* digest = key.algorithm == jwt_algorithm::eddsa ? nullptr : EVP_sha256();
  return context && !signature.empty()
         && EVP_DigestVerifyInit(
                context.get(), nullptr, digest, nullptr, key.public_key.get())
                == 1
         && EVP_DigestVerify(
                context.get(), to_bytes(signature), signature.size(),
                to_bytes(text), text.size())
                == 1;
}

bool is_for_us(const verified_claims& claims, const jwt_rules& rules) {
  return claims.issuer == rules.issuer
         && std::any_of(
             claims.audiences.begin(), claims.audiences.end(),
             [&](const auto& one) {
               return std::find(
                          rules.audiences.begin(), rules.audiences.end(), one)
                      != rules.audiences.end();
             });
}

} // namespace

std::optional<jwt_algorithm> jwt_algorithm_named(std::string_view name) {
  if (name == "RS256")
    return jwt_algorithm::rs256;
  if (name == "ES256")
    return jwt_algorithm::es256;
  if (name == "EdDSA")
    return jwt_algorithm::eddsa;
  if (name == "HS256")
    return jwt_algorithm::hs256;
  return std::nullopt;
}

checked_jwt check_jwt(
    std::string_view token, const key_set& keys, const jwt_rules& rules,
    timestamp now) {
  if (token.size() > max_token_bytes)
    return {};
  auto parts = split_compact<3>(token);
  if (!parts)
    return {};
  auto header = read_jose_header((*parts)[0]);
  auto signature = from_base64url((*parts)[2]);
  if (!header || !signature)
    return {};
  auto algorithm = jwt_algorithm_named(header->alg);
  if (!algorithm
      || std::find(rules.algorithms.begin(), rules.algorithms.end(), *algorithm)
             == rules.algorithms.end())
    return {};
  auto text = token.substr(0, (*parts)[0].size() + 1 + (*parts)[1].size());
  bool had_key = false;
  bool good = false;
  for (const auto& key : keys) {
    if (key.algorithm != *algorithm
        || (!header->kid.empty() && !key.kid.empty() && header->kid != key.kid))
      continue;
    had_key = true;
    good = is_signed_by(key, text, *signature);
    if (good)
      break;
  }
  if (!had_key)
    return {jwt_verdict::unknown_key, {}};
  auto payload = good ? from_base64url((*parts)[1]) : std::nullopt;
  if (!payload)
    return {};
  auto claims = read_claims(*payload, rules.claims, rules.leeway, now);
  if (!claims || !is_for_us(*claims, rules))
    return {};
  claims->who.kind = credential_kind::token;
  return {jwt_verdict::good, std::move(*claims)};
}

} // namespace hansard
