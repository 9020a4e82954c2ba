#include "tests/http/harness/server_fixture.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_certificate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <memory>

namespace hansard::test {
namespace {

/// A client that offers what a test lets it, down to what is broken by now.
class tls_client {
public:
  tls_client() : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    // So that nothing is refused by the client itself.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  }
  ~tls_client() {
    session_.reset();
    if (socket_ >= 0)
      ::close(socket_);
  }

  SSL_CTX* context() { return context_.get(); }
  SSL* session() { return session_.get(); }

  bool connect(std::uint16_t port, SSL_SESSION* resumed = nullptr) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    session_ = {SSL_new(context()), SSL_free};
    SSL_set_fd(session(), socket_);
    if (resumed)
      SSL_set_session(session(), resumed);
    ERR_clear_error();
    return SSL_connect(session()) == 1;
  }

  /// One request, so that whatever follows a handshake has come.
  std::string ask() {
    auto request = get_request("/healthz");
    SSL_write(session(), request.data(), static_cast<int>(request.size()));
    std::string out(4096, '\0');
    auto got = SSL_read(session(), out.data(), 4096);
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> session_{nullptr, SSL_free};
  int socket_ = -1;
};

/// What the server's TLS agrees to, and what not (Mozilla's "intermediate",
/// BSI TR-02102-2).
class TlsProtocolTest : public ServerTest {
protected:
  TlsProtocolTest() {
    options.tls_certificate_file = folder_ / "cert.pem";
    options.tls_key_file = folder_ / "key.pem";
    auto made = make_test_certificate();
    std::ofstream(options.tls_certificate_file) << made.certificate;
    std::ofstream(options.tls_key_file) << made.key;
  }

  std::string version_with(int highest) {
    tls_client client;
    SSL_CTX_set_max_proto_version(client.context(), highest);
    if (!client.connect(running().port()))
      return "refused";
    return SSL_get_version(client.session());
  }

  /// With TLS 1.2, the suites of which are the ones to be careful with.
  std::string suite_of(const char* offered) {
    tls_client client;
    SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
    EXPECT_EQ(SSL_CTX_set_cipher_list(client.context(), offered), 1);
    if (!client.connect(running().port()))
      return "refused";
    return SSL_get_cipher_name(client.session());
  }

  /// @param offered as ALPN has it on the wire.
  std::string protocol_of(std::string_view offered) {
    tls_client client;
    SSL_CTX_set_alpn_protos(
        client.context(),
        reinterpret_cast<const unsigned char*>(offered.data()),
        static_cast<unsigned>(offered.size()));
    if (!client.connect(running().port()))
      return "refused";
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.session(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

private:
  temp_dir folder_;
};

TEST_F(TlsProtocolTest, VersionsBefore12AreRefused) {
  EXPECT_EQ(version_with(TLS1_VERSION), "refused");
  EXPECT_EQ(version_with(TLS1_1_VERSION), "refused");
  EXPECT_EQ(version_with(TLS1_2_VERSION), "TLSv1.2");
  EXPECT_EQ(version_with(TLS1_3_VERSION), "TLSv1.3");
}

TEST_F(TlsProtocolTest, OnlyAuthenticatedCiphersWithForwardSecrecyAreTaken) {
  for (auto* weak :
       {"AES128-GCM-SHA256", "AES256-SHA256", "ECDHE-ECDSA-AES128-SHA256",
        "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-CCM", "ADH-AES128-GCM-SHA256", "PSK",
        "ECDHE-ECDSA-CAMELLIA128-SHA256", "eNULL"})
    EXPECT_EQ(suite_of(weak), "refused") << weak;
  for (auto* good :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305"})
    EXPECT_EQ(suite_of(good), good);
}

TEST_F(TlsProtocolTest, TheServerChoosesAmongTheSuites) {
  EXPECT_EQ(
      suite_of("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"),
      "ECDHE-ECDSA-AES256-GCM-SHA384");
  // A client that has ChaCha20 first has no AES in its hardware.
  EXPECT_EQ(
      suite_of("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"),
      "ECDHE-ECDSA-CHACHA20-POLY1305");
}

TEST_F(TlsProtocolTest, WeakCurvesAreRefused) {
  tls_client client;
  SSL_CTX_set1_groups_list(client.context(), "secp256k1:brainpoolP256r1:P-521");
  EXPECT_FALSE(client.connect(running().port()));
}

TEST_F(TlsProtocolTest, SignaturesBySha1AreRefused) {
  tls_client client;
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  ASSERT_EQ(SSL_CTX_set1_sigalgs_list(client.context(), "ECDSA+SHA1"), 1);
  EXPECT_FALSE(client.connect(running().port()));
}

TEST_F(TlsProtocolTest, OnlyHttp11IsSpoken) {
  EXPECT_EQ(protocol_of("\x08http/1.1"), "http/1.1");
  EXPECT_EQ(protocol_of("\x02h2\x08http/1.1"), "http/1.1");
  EXPECT_EQ(protocol_of("\x02h2"), "refused");
  EXPECT_EQ(
      protocol_of("\x03"
                  "ftp"),
      "refused");
}

TEST_F(TlsProtocolTest, NoSessionIsResumed) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client first;
    SSL_CTX_set_max_proto_version(first.context(), version);
    ASSERT_TRUE(first.connect(running().port()));
    EXPECT_NE(first.ask().find("alive"), std::string::npos);
    auto* session = SSL_get1_session(first.session());
    EXPECT_EQ(SSL_SESSION_has_ticket(session), 0);
    tls_client second;
    SSL_CTX_set_max_proto_version(second.context(), version);
    ASSERT_TRUE(second.connect(running().port(), session));
    EXPECT_EQ(SSL_session_reused(second.session()), 0);
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsProtocolTest, NothingIsCompressedOrRenegotiated) {
  tls_client client;
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  SSL_CTX_clear_options(client.context(), SSL_OP_NO_COMPRESSION);
  ASSERT_TRUE(client.connect(running().port()));
  EXPECT_EQ(SSL_get_current_compression(client.session()), nullptr);
  EXPECT_EQ(SSL_get_secure_renegotiation_support(client.session()), 1);
  ASSERT_EQ(SSL_renegotiate(client.session()), 1);
  // The refusal comes as a warning, which OpenSSL's clients take for an end.
  EXPECT_NE(SSL_do_handshake(client.session()), 1);
}

TEST_F(TlsProtocolTest, BrowsersAreToldToStayWithHttps) {
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  client.send(get_request("/healthz"));
  EXPECT_EQ(
      client.read_response().header("strict-transport-security"),
      "max-age=31536000");
}

TEST_F(TlsProtocolTest, BrowsersAreToldNothingWhereTheOperatorSaysSo) {
  options.hsts_max_age = std::chrono::seconds{0};
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  client.send(get_request("/healthz"));
  EXPECT_EQ(
      client.read_response().headers.count("strict-transport-security"), 0u);
}

/// RFC 6797 §7.2.
TEST_F(ServerTest, PlainHttpSaysNothingOfHttps) {
  EXPECT_EQ(get("/healthz").headers.count("strict-transport-security"), 0u);
}

} // namespace
} // namespace hansard::test
