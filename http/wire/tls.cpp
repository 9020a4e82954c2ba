#include "http/wire/tls.hpp"

#include <openssl/ssl.h>

#include <exception>

namespace hansard {

namespace {

/// ALPN (RFC 7301): HTTP/1.1, or the alert that §3.2 asks for, so that nobody
/// gets a client to speak another protocol to this port (ALPACA).
int choose_protocol(
    SSL*, const unsigned char** chosen, unsigned char* chosen_size,
    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char spoken[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(
          &found, chosen_size, spoken, sizeof spoken - 1, offered, offered_size)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/// Mozilla's "intermediate" (wiki.mozilla.org/Security/Server_Side_TLS) without
/// its finite-field suites, which also is what BSI TR-02102-2 recommends but
/// for ChaCha20: AEAD and ephemeral elliptic curves alone.
void restrict_to_good_practice(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // 112 bits: RSA of 2048, no SHA-1 in signatures, whatever openssl.cnf says.
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_ciphersuites(
      context, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:"
               "TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
  // A client without AES in hardware says so by preferring ChaCha20.
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                   | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA
                   | SSL_OP_NO_TICKET);
  // No resumption: a key of tickets that lives as long as the process would
  // open what was said before it leaked. Connections are kept alive instead.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // A connection at rest gives its buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

} // namespace

result<std::unique_ptr<boost::asio::ssl::context>> make_server_tls(
    const std::string& certificate_file, const std::string& key_file) {
  namespace ssl = boost::asio::ssl;
  auto bad = [](std::string what, const std::string& why) -> error {
    return make_error(ec::invalid_request, what + ": " + why + '.');
  };
  try {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    auto* native = context->native_handle();
    restrict_to_good_practice(native);
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
