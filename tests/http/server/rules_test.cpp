#include "tests/http/harness/server_fixture.hpp"

namespace hansard::test {
namespace {

/// What a reload changes, as requests see it.
class RulesTest : public ServerTest {
protected:
  void reload(const server_options& changed) {
    auto change = running().prepare(changed, false);
    ASSERT_TRUE(change) << change.error().message;
    running().use(*change);
  }

  static std::string new_agent(std::string_view header = "Accept: */*") {
    return with(
        json_request(
            "POST", "/api/agents", R"({"did":"did:new","provider":"demo"})",
            admin_key),
        header);
  }
};

TEST_F(RulesTest, AConnectionThatWaitsAsksItsNextRequestUnderTheNewRules) {
  auto client = connect();
  client.send(get_request("/api/agents", admin_key));
  EXPECT_EQ(client.read_response().status, 200u);
  auto changed = options;
  changed.max_body_bytes = 10;
  reload(changed);
  client.send(new_agent());
  EXPECT_EQ(client.read_response().status, 413u);
}

TEST_F(RulesTest, ARequestKeepsTheRulesUnderWhichItsHeadCame) {
  auto client = connect();
  const auto request = new_agent("Expect: 100-continue");
  const auto body_at = request.find("\r\n\r\n") + 4;
  client.send(request.substr(0, body_at));
  EXPECT_EQ(client.read_head().status, 100u);
  auto changed = options;
  changed.max_bodies_bytes = 1;
  reload(changed);
  // A part of a body counts against the room for all of them.
  client.send(request.substr(body_at, 10));
  client.send(request.substr(body_at + 10));
  EXPECT_EQ(client.read_response().status, 201u);
  client.send(request.substr(0, body_at));
  EXPECT_EQ(client.read_head().status, 100u);
  client.send(request.substr(body_at, 10));
  EXPECT_EQ(client.read_response().status, 503u);
}

} // namespace
} // namespace hansard::test
