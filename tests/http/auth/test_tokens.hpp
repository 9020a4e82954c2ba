#pragma once

#include "events/text/base64url.hpp"
#include "http/auth/jose_text.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

/// Tokens as an issuer makes them.
namespace hansard::test {

/// A new pair of keys: "RSA" of 2048 bits, "EC" of P-256, "ED25519".
class signing_key {
public:
  signing_key(std::string_view type, std::string kid)
      : type_(type),
        kid_(std::move(kid)) {
    auto* key = type == "RSA"  ? EVP_RSA_gen(2048)
                : type == "EC" ? EVP_EC_gen("P-256")
                               : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    key_.reset(key, EVP_PKEY_free);
  }

  std::string alg() const {
    return type_ == "RSA" ? "RS256" : type_ == "EC" ? "ES256" : "EdDSA";
  }

  std::string jwk() const {
    std::string members;
    if (type_ == "RSA")
      members = R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N, 256)
                + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E, 3) + '"';
    else if (type_ == "EC")
      members = R"("kty":"EC","crv":"P-256","x":")"
                + number(OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")"
                + number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + '"';
    else
      members =
          R"("kty":"OKP","crv":"Ed25519","x":")" + to_base64url(raw()) + '"';
    return "{" + members + R"(,"kid":")" + kid_ + R"(","use":"sig"})";
  }

  /// The public key's bytes: of Ed25519 its own form, else DER.
  std::string raw() const {
    if (type_ == "ED25519") {
      unsigned char bytes[32];
      std::size_t size = sizeof bytes;
      EVP_PKEY_get_raw_public_key(key_.get(), bytes, &size);
      return {reinterpret_cast<char*>(bytes), size};
    }
    unsigned char* der = nullptr;
    auto size = i2d_PUBKEY(key_.get(), &der);
    std::string out(
        reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
  }

  std::string pem() const {
    std::unique_ptr<BIO, decltype(&BIO_free)> out{
        BIO_new(BIO_s_mem()), BIO_free};
    PEM_write_bio_PUBKEY(out.get(), key_.get());
    char* text = nullptr;
    auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  std::string sign(std::string_view payload, std::string header = {}) const {
    if (header.empty())
      header = R"({"alg":")" + alg() + R"(","kid":")" + kid_ + R"("})";
    auto text = to_base64url(header) + '.' + to_base64url(payload);
    return text + '.' + to_base64url(signature_of(text));
  }

private:
  std::string number(const char* name, int size) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), size);
    BN_free(value);
    return to_base64url(bytes);
  }

  std::string signature_of(std::string_view text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{
        EVP_MD_CTX_new(), EVP_MD_CTX_free};
    auto* digest = type_ == "ED25519" ? nullptr : EVP_sha256();
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get());
    unsigned char bytes[512];
    std::size_t size = sizeof bytes;
    EVP_DigestSign(
        context.get(), bytes, &size,
        reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string out(reinterpret_cast<char*>(bytes), size);
    return type_ == "EC" ? from_der(out) : out;
  }

  static std::string from_der(const std::string& der) {
    auto* at = reinterpret_cast<const unsigned char*>(der.data());
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parts{
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())),
        ECDSA_SIG_free};
    std::string out(64, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), bytes, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), bytes + 32, 32);
    return out;
  }

  std::string type_;
  std::string kid_;
  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string sign_hs256(
    std::string_view secret, std::string_view header,
    std::string_view payload) {
  auto text = to_base64url(header) + '.' + to_base64url(payload);
  unsigned char mac[32];
  unsigned size = sizeof mac;
  HMAC(
      EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
      reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac,
      &size);
  return text + '.' + to_base64url({reinterpret_cast<char*>(mac), sizeof mac});
}

} // namespace hansard::test
