#pragma once

#include "events/text/base64url.hpp"
#include "http/auth/jose_text.hpp"
#include "http/auth/session_cookie.hpp"

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace hansard::test {

/// A session token as next-auth 4 makes it: JWE, dir, A256GCM. What it makes
/// is opened by the code under test, which is checked against tokens of the
/// library itself elsewhere; so this need not be.
inline std::string
seal_session(std::string_view secret, std::string_view claims) {
  const session_keys keys{secret};
  auto key = keys.v4().view();
  auto head = to_base64url(R"({"alg":"dir","enc":"A256GCM"})");
  const std::string iv(12, 'i');
  std::string sealed(claims.size(), '\0');
  std::string tag(16, '\0');
  auto bytes = [](auto& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  };
  auto given = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int size = 0;
  EVP_EncryptInit_ex(
      context.get(), EVP_aes_256_gcm(), nullptr, given(key), given(iv));
  EVP_EncryptUpdate(
      context.get(), nullptr, &size, given(head),
      static_cast<int>(head.size()));
  EVP_EncryptUpdate(
      context.get(), bytes(sealed), &size, given(claims),
      static_cast<int>(claims.size()));
  EVP_EncryptFinal_ex(context.get(), bytes(tag), &size);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, tag.data());
  return head + ".." + to_base64url(iv) + '.' + to_base64url(sealed) + '.'
         + to_base64url(tag);
}

} // namespace hansard::test
