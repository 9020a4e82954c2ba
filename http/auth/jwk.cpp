#include "http/auth/jwk.hpp"

#include "events/text/base64url.hpp"
#include "http/auth/freed_by.hpp"
#include "http/auth/jose_text.hpp"
#include "http/text/request_json.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <map>
#include <optional>

namespace hansard {

namespace {

using kind = json_view::kind;
using texts = std::map<std::string, std::string, std::less<>>;

using builder = std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>>;
using number = std::unique_ptr<BIGNUM, freed_by<BN_free>>;

constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 8192;
constexpr std::size_t max_exponent_bytes = 4;

error no_set() {
  return make_error(
      ec::invalid_request, "This is not a JWK Set with usable keys.");
}

std::string text_at(const texts& jwk, std::string_view name) {
  auto found = jwk.find(name);
  return found == jwk.end() ? std::string() : found->second;
}

std::optional<std::string> bytes_at(const texts& jwk, std::string_view name) {
  auto text = text_at(jwk, name);
  return text.empty() ? std::nullopt : from_base64url(text);
}

std::shared_ptr<EVP_PKEY> make_key(const char* type, const builder& members) {
  std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>> params{
      OSSL_PARAM_BLD_to_param(members.get())};
  std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>> context{
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(
             context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get())
             != 1)
    return nullptr;
  std::shared_ptr<EVP_PKEY> held{key, EVP_PKEY_free};
  // A point that is not on its curve, an even modulus.
  std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>> check{
      EVP_PKEY_CTX_new(key, nullptr)};
  if (!check || EVP_PKEY_public_check(check.get()) != 1)
    return nullptr;
  return held;
}

number to_number(std::string_view bytes) {
  return number{BN_bin2bn(
      reinterpret_cast<const unsigned char*>(bytes.data()),
      static_cast<int>(bytes.size()), nullptr)};
}

std::shared_ptr<EVP_PKEY> rsa_key(const texts& jwk) {
  auto n = bytes_at(jwk, "n");
  auto e = bytes_at(jwk, "e");
  if (!n || !e || e->size() > max_exponent_bytes
      || n->size() > max_rsa_bits / 8)
    return nullptr;
  auto modulus = to_number(*n);
  auto exponent = to_number(*e);
  if (!modulus || !exponent || BN_num_bits(modulus.get()) < min_rsa_bits)
    return nullptr;
  builder members{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return make_key("RSA", members);
}

std::shared_ptr<EVP_PKEY> p256_key(const texts& jwk) {
  auto x = bytes_at(jwk, "x");
  auto y = bytes_at(jwk, "y");
  if (text_at(jwk, "crv") != "P-256" || !x || !y || x->size() != 32
      || y->size() != 32)
    return nullptr;
  auto point = '\x04' + *x + *y;
  builder members{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_utf8_string(
      members.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(
      members.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return make_key("EC", members);
}

std::shared_ptr<EVP_PKEY> ed25519_key(const texts& jwk) {
  auto x = bytes_at(jwk, "x");
  if (text_at(jwk, "crv") != "Ed25519" || !x || x->size() != 32)
    return nullptr;
  return {
      EVP_PKEY_new_raw_public_key(
          EVP_PKEY_ED25519, nullptr,
          reinterpret_cast<const unsigned char*>(x->data()), x->size()),
      EVP_PKEY_free};
}

std::optional<verification_key> read_key(json_view object) {
  texts jwk;
  object.each_member([&](std::string_view raw, json_view value) {
    if (value.is(kind::string))
      jwk.emplace(json_view::unescape(raw), value.string());
    return true;
  });
  auto use = text_at(jwk, "use");
  if (!use.empty() && use != "sig")
    return std::nullopt;
  struct known_kind {
    std::string_view kty;
    std::string_view alg;
    jwt_algorithm algorithm;
    std::shared_ptr<EVP_PKEY> (*make)(const texts&);
  };
  static constexpr known_kind kinds[] = {
      {"RSA", "RS256", jwt_algorithm::rs256, rsa_key},
      {"EC", "ES256", jwt_algorithm::es256, p256_key},
      {"OKP", "EdDSA", jwt_algorithm::eddsa, ed25519_key}};
  auto alg = text_at(jwk, "alg");
  for (const auto& one : kinds) {
    if (text_at(jwk, "kty") != one.kty || (!alg.empty() && alg != one.alg))
      continue;
    auto key = one.make(jwk);
    if (key)
      return verification_key{
          one.algorithm, text_at(jwk, "kid"), std::move(key), {}};
  }
  return std::nullopt;
}

} // namespace

result<key_set> read_key_set(std::string_view json) {
  if (json.size() > max_key_set_bytes || !check_json(json, {8, 100, 1'000}))
    return no_set();
  json_view set{json};
  if (!set.is(kind::object))
    return no_set();
  key_set keys;
  set.each_member([&](std::string_view raw, json_view value) {
    if (json_view::unescape(raw) == "keys" && value.is(kind::array))
      value.each_element([&](json_view one) {
        if (one.is(kind::object))
          if (auto key = read_key(one))
            keys.push_back(std::move(*key));
        return keys.size() < max_keys;
      });
    return true;
  });
  if (keys.empty())
    return no_set();
  return keys;
}

} // namespace hansard
