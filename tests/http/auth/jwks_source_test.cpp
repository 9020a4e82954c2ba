#include "http/auth/authenticator.hpp"
#include "http/auth/jwks_source.hpp"
#include "tests/http/auth/test_tokens.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace hansard::test {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;

/// Answers each request with the bytes that were set last.
class issuer {
public:
  issuer()
      : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
        thread_([this] { run(); }) {}
  ~issuer() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket wake{context_};
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url() const {
    return "http://127.0.0.1:"
           + std::to_string(acceptor_.local_endpoint().port()) + "/keys";
  }
  void serve(std::string body, std::string status = "200 OK") {
    std::lock_guard lock{mutex_};
    answer_ = "HTTP/1.1 " + status + "\r\nContent-Length: "
              + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  int requests() const { return requests_; }

private:
  void run() {
    while (!stopping_) {
      boost::system::error_code failed;
      tcp::socket socket{context_};
      acceptor_.accept(socket, failed);
      if (stopping_ || failed)
        return;
      std::string request;
      boost::asio::read_until(
          socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", failed);
      ++requests_;
      std::string answer;
      {
        std::lock_guard lock{mutex_};
        answer = answer_;
      }
      boost::asio::write(socket, boost::asio::buffer(answer), failed);
    }
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::string answer_;
  std::atomic<int> requests_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class JwksSourceTest : public ::testing::Test {
protected:
  JwksSourceTest() {
    spdlog::set_level(spdlog::level::off);
    where.serve(set_of(first));
  }
  static std::string set_of(const signing_key& key) {
    return R"({"keys":[)" + key.jwk() + "]}";
  }
  void start(milliseconds least_pause = milliseconds{0}) {
    jwks_source::options o;
    o.url = where.url();
    o.least_pause = least_pause;
    source = std::move(jwks_source::start(o).value());
  }
  void refetch() {
    std::promise<void> done;
    source->refetch(reply<std::monostate>{
        [&](result<std::monostate>) { done.set_value(); }});
    ASSERT_EQ(
        done.get_future().wait_for(std::chrono::seconds{20}),
        std::future_status::ready);
  }
  std::string kid() {
    auto keys = source->keys();
    return keys->empty() ? "" : keys->front().kid;
  }

  static inline const signing_key first{"EC", "first"};
  static inline const signing_key second{"ED25519", "second"};
  issuer where;
  std::unique_ptr<jwks_source> source;
};

TEST_F(JwksSourceTest, KeysAreFetchedAndRotate) {
  start();
  refetch();
  EXPECT_EQ(kid(), "first");
  where.serve(set_of(second));
  refetch();
  EXPECT_EQ(kid(), "second");
}

TEST_F(JwksSourceTest, GoodKeysOutliveAnIssuerThatFails) {
  start();
  refetch();
  ASSERT_EQ(kid(), "first");
  where.serve(set_of(second), "500 Broken");
  refetch();
  where.serve("<html>");
  refetch();
  where.serve(std::string(max_key_set_bytes + 1, ' '));
  refetch();
  EXPECT_EQ(kid(), "first");
}

TEST_F(JwksSourceTest, ANewConfigurationKeepsTheKeysOfTheSameIssuer) {
  access_directory access;
  authentication_options options;
  options.tokens.issuer = "iss";
  options.token_keys_url.emplace();
  options.token_keys_url->url = where.url();
  options.token_keys_url->least_pause = std::chrono::hours{1};
  auto fetch = [](const authenticator& by) {
    std::promise<void> done;
    by.fetch_keys(reply<std::monostate>{
        [&](result<std::monostate>) { done.set_value(); }});
    done.get_future().wait();
  };
  auto before = std::move(authenticator::make(options, access).value());
  fetch(*before);
  EXPECT_EQ(where.requests(), 1);
  options.cors_origins = {"https://app.example"};
  auto after =
      std::move(authenticator::make(options, access, before.get()).value());
  before.reset();
  fetch(*after);
  EXPECT_EQ(where.requests(), 1);
  options.token_keys_url->refresh = std::chrono::minutes{1};
  auto other =
      std::move(authenticator::make(options, access, after.get()).value());
  fetch(*other);
  EXPECT_EQ(where.requests(), 2);
}

TEST_F(JwksSourceTest, RefetchingIsBounded) {
  start(std::chrono::hours{1});
  refetch();
  auto before = where.requests();
  for (int i = 0; i < 50; ++i)
    refetch();
  EXPECT_EQ(where.requests(), before);
  EXPECT_EQ(before, 1);
}

TEST_F(JwksSourceTest, KeysDoNotComeOverPlainHttpFromAfar) {
  for (auto bad :
       {"http://issuer.example/keys", "ftp://127.0.0.1/", "keys", "",
        "https://user:password@issuer.example/"}) {
    jwks_source::options o;
    o.url = bad;
    EXPECT_FALSE(jwks_source::start(o)) << bad;
  }
}

} // namespace
} // namespace hansard::test
