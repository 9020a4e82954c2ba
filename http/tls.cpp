#include "http/tls.hpp"

#include <openssl/ssl.h>

#include <exception>

namespace hansard {

result<std::unique_ptr<boost::asio::ssl::context>> make_server_tls(
    const std::string& certificate_file, const std::string& key_file) {
  namespace ssl = boost::asio::ssl;
  auto bad = [](std::string what, const std::string& why) -> error {
    return make_error(ec::invalid_request, what + ": " + why + '.');
  };
  try {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    auto* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(
        native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                    | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // A connection at rest gives its buffers back.
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    boost::system::error_code failed;
    context->use_certificate_chain_file(certificate_file, failed);
    if (failed)
      return bad("TLS certificate " + certificate_file, failed.message());
    context->use_private_key_file(key_file, ssl::context::pem, failed);
    if (failed)
      return bad("TLS key " + key_file, failed.message());
    if (SSL_CTX_check_private_key(native) != 1)
      return bad("TLS key " + key_file, "it is not the certificate's");
    return context;
  } catch (const std::exception& e) {
    return bad("TLS", e.what());
  }
}

} // namespace hansard
