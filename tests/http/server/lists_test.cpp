#include "tests/http/harness/server_fixture.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace hansard::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ListRoutesTest : public ServerTest {
protected:
  struct page {
    std::vector<std::string> entries;
    std::string next;
  };

  /// The member `member` of each entry of the list `name`.
  page read(
      const std::string& path, std::string_view name, std::string_view member) {
    auto answer = get(path);
    EXPECT_EQ(answer.status, 200u) << answer.body;
    page out;
    auto body = boost::json::parse(answer.body).as_object();
    for (const auto& entry : body.at(name).as_array())
      out.entries.emplace_back(entry.at(member).as_string());
    if (!body.at("nextCursor").is_null())
      out.next = body.at("nextCursor").as_string();
    return out;
  }
  /// All pages of one entry each, one behind the other.
  std::vector<std::string> walk(
      const std::string& path, std::string_view name, std::string_view member) {
    std::vector<std::string> seen;
    std::string cursor;
    do {
      auto separator = path.find('?') == path.npos ? "?" : "&";
      auto one =
          read(path + separator + "limit=1&cursor=" + cursor, name, member);
      EXPECT_LE(one.entries.size(), 1u);
      seen.insert(seen.end(), one.entries.begin(), one.entries.end());
      cursor = one.next;
    } while (!cursor.empty());
    return seen;
  }
  void post(std::string_view path, std::string_view body) {
    auto answer = send_json("POST", path, body);
    ASSERT_TRUE(answer.status == 201 || answer.status == 200) << answer.body;
  }
};

TEST_F(ListRoutesTest, EachListGoesOnWhereItsCursorSays) {
  for (auto* name : {"x1", "x2", "x3"}) {
    auto n = std::string(name);
    post("/api/users", R"({"did":"did:)" + n + R"("})");
    post(
        "/api/agents",
        R"({"did":"did:)" + n + R"(","provider":"demo","model":"demo"})");
    post("/api/users/did:user:1/keys", R"({"label":")" + n + R"("})");
    post("/api/users/did:user:1/grants", R"({"agentDid":"did:)" + n + R"("})");
    post("/api/groups/staff/grants", R"({"agentDid":"did:)" + n + R"("})");
    post("/api/groups/" + n + "/grants", R"({"agentDid":"*"})");
    post(
        "/api/policies",
        R"({"scope":"user","subject":")" + n + R"(","maxTurnSeconds":5})");
    post(
        "/api/guardrails",
        R"({"name":")" + n
            + R"(","detectors":["email"],"action":"flag","on":"input"})");
  }
  auto dids = ElementsAre("did:x1", "did:x2", "did:x3");
  auto names = ElementsAre("x1", "x2", "x3");
  EXPECT_THAT(walk("/api/users?q=did:x", "users", "did"), dids);
  EXPECT_THAT(walk("/api/agents?q=did:x", "agents", "did"), dids);
  EXPECT_THAT(walk("/api/users/did:user:1/keys?q=X", "keys", "label"), names);
  EXPECT_THAT(
      walk("/api/users/did:user:1/grants?q=did:x", "grants", "agentDid"), dids);
  EXPECT_THAT(walk("/api/groups/staff/grants", "grants", "agentDid"), dids);
  EXPECT_THAT(
      walk("/api/groups", "groups", "name"),
      ElementsAre("staff", "x1", "x2", "x3"));
  EXPECT_THAT(walk("/api/guardrails", "guardrails", "name"), names);
  EXPECT_THAT(walk("/api/policies", "policies", "subject"), names);
}

TEST_F(ListRoutesTest, BadPartsOfAQueryAreRefusedEverywhere) {
  for (std::string path :
       {"/api/users", "/api/agents", "/api/groups", "/api/policies",
        "/api/guardrails", "/api/users/did:user:1/keys",
        "/api/users/did:user:1/grants", "/api/groups/g/grants",
        "/api/chat/sessions"})
    for (std::string query :
         {"limit=201", "limit=-1", "limit=x", "cursor=x", "cursor=AAAAAAAA",
          "q=%FF"})
      expect_problem(get(path + '?' + query), 400, "INVALID_REQUEST");
}

TEST_F(ListRoutesTest, ACursorIsOfOneListAlone) {
  post("/api/users", R"({"did":"did:x"})");
  post("/api/groups/a/grants", R"({"agentDid":"*"})");
  post("/api/groups/a/grants", R"({"agentDid":"*"})");
  auto cursor = read("/api/users?limit=1", "users", "did").next;
  ASSERT_FALSE(cursor.empty());
  expect_problem(get("/api/agents?cursor=" + cursor), 400, "INVALID_REQUEST");
  auto cut = cursor.substr(0, cursor.size() - 1);
  expect_problem(get("/api/users?cursor=" + cut), 400, "INVALID_REQUEST");
  cursor = read("/api/groups/a/grants?limit=1", "grants", "agentDid").next;
  ASSERT_FALSE(cursor.empty());
  expect_problem(
      get("/api/groups/b/grants?cursor=" + cursor), 400, "INVALID_REQUEST");
}

TEST_F(ListRoutesTest, AMembersListHoldsWhatTheySeeWhateverThePage) {
  for (auto* name : {"a", "b", "c", "d"})
    post(
        "/api/agents", R"({"did":"did:)" + std::string(name)
                           + R"(","provider":"demo","model":"demo"})");
  for (auto* name : {"b", "d"})
    actors.add_grant("did:user:1", "did:" + std::string(name));
  std::vector<std::string> seen;
  std::string cursor;
  do {
    auto answer =
        get("/api/agents?limit=1&q=did:&cursor=" + cursor, member_key);
    auto body = boost::json::parse(answer.body).as_object();
    for (const auto& one : body.at("agents").as_array())
      seen.emplace_back(one.at("did").as_string());
    cursor = body.at("nextCursor").is_null()
                 ? ""
                 : std::string(body.at("nextCursor").as_string());
  } while (!cursor.empty());
  EXPECT_THAT(seen, ElementsAre("did:b", "did:d"));
}

TEST_F(ListRoutesTest, SessionsAreFoundByTheirTitles) {
  for (std::uint64_t n = 1; n <= 300; ++n)
    actors.writer().open(session(n), "did:user:1", std::string(agent));
  for (std::uint64_t n : {7, 290})
    actors.writer().append(
        session(n), std::vector<event>{title_changed{"Über Wale", {}}});
  actors.project();
  auto found = walk("/api/chat/sessions?q=%C3%BCBER", "sessions", "id");
  EXPECT_THAT(
      found, testing::UnorderedElementsAre(
                 session(7).to_string(), session(290).to_string()));
  auto by_id =
      read("/api/chat/sessions?q=" + session(8).to_string(), "sessions", "id");
  EXPECT_THAT(by_id.entries, ElementsAre(session(8).to_string()));
}

TEST_F(ListRoutesTest, EachThingCanBeReadAlone) {
  post("/api/users", R"({"did":"did:x","displayName":"X"})");
  auto user = get("/api/users/did:x");
  EXPECT_EQ(user.status, 200u);
  EXPECT_NE(user.body.find(R"("displayName":"X")"), std::string::npos);
  expect_problem(get("/api/users/did:y"), 404, "NOT_FOUND");
  auto set = send_json(
      "POST", "/api/policies", R"({"scope":"global","maxTurnSeconds":5})");
  auto id = std::string(
      boost::json::parse(set.body).as_object().at("id").as_string());
  auto policy = get("/api/policies/" + id);
  EXPECT_NE(policy.body.find(R"("maxTurnSeconds":5)"), std::string::npos);
  expect_problem(get("/api/policies/pol_x"), 404, "NOT_FOUND");
  EXPECT_EQ(get("/api/users/me").status, 200u);
}

} // namespace
} // namespace hansard::test
