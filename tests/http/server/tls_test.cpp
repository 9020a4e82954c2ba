#include "tests/http/harness/server_fixture.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_certificate.hpp"

#include <prometheus/registry.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace hansard::test {
namespace {

void write_certificate(const std::string& path, const std::string& key_path) {
  auto made = make_test_certificate();
  std::ofstream(path) << made.certificate;
  std::ofstream(key_path) << made.key;
}

class TlsServerTest : public ServerTest {
protected:
  TlsServerTest() {
    options.tls_certificate_file = folder_ / "cert.pem";
    options.tls_key_file = folder_ / "key.pem";
    write_certificate(options.tls_certificate_file, options.tls_key_file);
  }
  temp_dir folder_;
};

TEST_F(TlsServerTest, RequestsAreServed) {
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  for (int i = 0; i < 3; ++i) {
    client.send(get_request("/healthz"));
    EXPECT_EQ(client.read_response().status, 200u);
  }
}

TEST_F(TlsServerTest, AStreamIsServedAndTheConnectionGoesOn) {
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  for (std::size_t i = 0; i < 3; ++i) {
    client.send(chat_request_bytes());
    auto chat = actors.attached(i);
    client.send(get_request("/healthz"));
    chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
    client.read_head();
    EXPECT_NE(client.read_chunk().find("id: 4\n"), std::string::npos);
    chat.sink->deliver(token_batch(5, {"b"}), {3}, true);
    EXPECT_NE(client.read_chunk().find("id: 5\n"), std::string::npos);
    chat.sink->finish();
    EXPECT_EQ(client.read_chunk(), "data: [DONE]\n\n");
    EXPECT_EQ(client.read_chunk(), "");
    EXPECT_EQ(chat.feedback->wait_closed(), "finished");
    EXPECT_EQ(chat.feedback->last_sent(), stream_version{5});
    EXPECT_EQ(client.read_response().status, 200u);
  }
}

TEST_F(TlsServerTest, ALargeAnswerArrivesWhole) {
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  client.send(chat_request_bytes());
  auto chat = actors.attached(0);
  std::uint64_t version = 4;
  const std::vector<std::string> texts(100, std::string(100, 'z'));
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    chat.sink->deliver(token_batch(version, texts), {version - 1}, true);
    version += texts.size();
    sent += 100 * 100;
  }
  chat.sink->finish();
  auto r = client.read_response();
  EXPECT_EQ(
      static_cast<std::size_t>(std::count(r.body.begin(), r.body.end(), 'z')),
      sent);
}

TEST_F(TlsServerTest, ADisconnectIsNoticed) {
  auto client = connect();
  ASSERT_TRUE(client.start_tls());
  client.send(chat_request_bytes());
  auto chat = actors.attached(0);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  client.read_head();
  client.close();
  EXPECT_EQ(chat.feedback->wait_closed(), "gone");
  EXPECT_TRUE(all_gone());
}

TEST_F(TlsServerTest, AHandshakeThatDoesNotComeIsGivenUp) {
  options.tls_handshake_timeout = std::chrono::milliseconds{80};
  auto client = connect();
  EXPECT_TRUE(client.at_end());
}

TEST_F(TlsServerTest, PlainHttpGetsNoAnswer) {
  auto client = connect();
  client.send(get_request("/healthz"));
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1"), std::string::npos);
  EXPECT_TRUE(all_gone());
}

TEST_F(TlsServerTest, FilesThatDoNotFitAreRefusedAtStart) {
  auto other_key = folder_ / "other.pem";
  write_certificate(folder_ / "other-cert.pem", other_key);
  io_pool pool{1};
  for (auto key : {other_key, folder_ / "missing.pem", std::string()}) {
    options.tls_key_file = key;
    auto started = server::start(
        options, pool, actors, std::make_shared<prometheus::Registry>());
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ec::invalid_request);
    EXPECT_NE(started.error().message.find("TLS"), std::string::npos);
  }
}

} // namespace
} // namespace hansard::test
