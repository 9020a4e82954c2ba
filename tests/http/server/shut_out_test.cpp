#include "http/message/exchange.hpp"
#include "tests/http/harness/real_server.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <boost/json.hpp>

#include <thread>

namespace hansard::test {
namespace {

using clock = std::chrono::steady_clock;

/// Open streams of callers who lose what let them open these.
class ShutOutTest : public ServerTest {
protected:
  std::string issue_grant(std::string_view body) {
    auto r = send_json("POST", "/api/users/did:user:1/grants", body);
    EXPECT_EQ(r.status, 201u) << r.body;
    return std::string(boost::json::parse(r.body).at("id").as_string());
  }
  void revoke_first_grant() {
    auto r = get("/api/users/did:user:1/grants");
    auto grants = boost::json::parse(r.body).at("grants").as_array();
    revoke(std::string(grants.at(0).at("id").as_string()));
  }
  void revoke(const std::string& id) {
    EXPECT_EQ(
        send_json("DELETE", "/api/users/did:user:1/grants/" + id, "").status,
        204u);
  }
  static std::string in(std::chrono::milliseconds time) {
    return to_iso8601(wall_clock() + time);
  }
  /// A chat of the member's that has begun to answer.
  attachment begin_chat(raw_client& client) {
    client.send(chat_request_bytes());
    auto sink = actors.attached(0);
    sink.sink->deliver(token_batch(4, {"before"}), {3}, true);
    client.read_until("before");
    return sink;
  }
};

TEST_F(ShutOutTest, ARevokedGrantEndsItsChatWithinASecond) {
  auto client = connect();
  auto sink = begin_chat(client);
  auto began = clock::now();
  revoke_first_grant();
  auto rest = client.read_until("[DONE]");
  EXPECT_LT(clock::now() - began, std::chrono::seconds{1});
  EXPECT_NE(rest.find(R"("code":"FORBIDDEN")"), std::string::npos) << rest;
  EXPECT_EQ(sink.feedback->wait_closed(), "revoked");
}

TEST_F(ShutOutTest, AChatGoesOnUnderAnotherGrant) {
  auto client = connect();
  auto sink = begin_chat(client);
  auto other = issue_grant(R"({"agentDid":"*"})");
  revoke_first_grant();
  sink.sink->deliver(token_batch(5, {"after"}), {4}, true);
  client.read_until("after");
  revoke(other);
  auto rest = client.read_until("[DONE]");
  EXPECT_NE(rest.find(R"("code":"FORBIDDEN")"), std::string::npos) << rest;
}

TEST_F(ShutOutTest, AGrantThatExpiresEndsItsChat) {
  issue_grant(
      R"({"agentDid":"*","expiresAt":")" + in(std::chrono::milliseconds{500})
      + R"("})");
  revoke_first_grant();
  auto client = connect();
  client.send(chat_request_bytes());
  auto sink = actors.attached(0);
  // Where the grant is over before the answer begins, it ends there.
  sink.sink->deliver(token_batch(4, {"before"}), {3}, true);
  auto all = client.read_until("[DONE]");
  EXPECT_NE(all.find(R"("code":"FORBIDDEN")"), std::string::npos) << all;
}

TEST_F(ShutOutTest, AKeyThatExpiresEndsItsOwnersStreams) {
  std::string all;
  // A machine can be too slow to use a key while it is good: then another, that
  // is good for longer.
  for (std::chrono::milliseconds good{500};; good *= 2) {
    auto r = send_json(
        "POST", "/api/users/did:user:1/keys",
        R"({"expiresAt":")" + in(good) + R"("})");
    ASSERT_EQ(r.status, 201u) << r.body;
    auto key = std::string(boost::json::parse(r.body).at("key").as_string());
    actors.on_attach = [](const attachment& a) {
      a.sink->deliver(token_batch(4, {"before"}), {3}, true);
    };
    auto client = connect();
    client.send(chat_request_bytes(key));
    auto head = client.read_head();
    if (head.status == 401)
      continue;
    ASSERT_EQ(head.status, 200u);
    all = client.read_until("[DONE]");
    break;
  }
  EXPECT_NE(all.find(R"("code":"UNAUTHENTICATED")"), std::string::npos) << all;
}

/// Why the clients of a session left, as the record has it.
std::vector<std::string>
departures(const event_log& log, const session_id& session) {
  std::vector<std::string> out;
  EXPECT_TRUE(
      log.read_stream(stream_of(session), {1}, [&](const batch_ptr& batch) {
        batch->for_each([&](const recorded_event& e) {
          if (auto* left = std::get_if<client_detached>(&e.body))
            out.push_back(left->reason);
        });
        return true;
      }));
  return out;
}

TEST(LostGrantTest, TheTurnGoesOnAndTheRecordTellsWhyItsClientLeft) {
  constexpr std::string_view key = "member-key-0123456789abcd";
  real_server server;
  server_options options;
  options.head_wait = std::chrono::milliseconds{1};
  server.start(options);
  server.add_agent("did:a", "script");
  server.add_user("did:u", std::string(key));
  auto grant = server.grant("did:u");
  auto client = server.connect();
  client.send(json_request(
      "POST", "/api/chat",
      R"({"agentDid":"did:a","messages":[{"role":"user","content":"Hi"}]})",
      key));
  auto head = client.read_head();
  ASSERT_EQ(head.status, 200u);
  auto session = session_id::parse(head.header("x-session-id")).value();
  server.done<std::monostate>([&](auto answer) {
    server.actors().revoke_grant({}, "did:u", grant.id, answer);
  });
  auto rest = client.read_until("[DONE]");
  EXPECT_NE(rest.find(R"("code":"FORBIDDEN")"), std::string::npos) << rest;
  auto until = clock::now() + std::chrono::seconds{20};
  while (departures(server.log(), session).empty() && clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(
      departures(server.log(), session), std::vector<std::string>{"revoked"});
  EXPECT_EQ(server.actors().running_turns(), 1u);
}

} // namespace
} // namespace hansard::test
