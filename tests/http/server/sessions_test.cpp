#include "events/codec/codec.hpp"
#include "http/routes/chat/event_lines.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace hansard::test {
namespace {

namespace json = boost::json;

class SessionRoutesTest : public ServerTest {
protected:
  SessionRoutesTest() {
    // did:user:1 and did:agent:1 are log_writer's.
    actors.writer().chat(mine, "What is this?");
    actors.writer().open(other, "did:user:2", "did:agent:2", "Hello");
    actors.writer().append(other, answer(actors.writer().now(), {"Hi"}));
    actors.writer().complete(other);
    actors.project();
  }

  static json::object parsed(const raw_response& r) {
    EXPECT_EQ(r.status, 200u) << r.body;
    boost::system::error_code failed;
    auto value = json::parse(r.body, failed);
    if (failed || !value.is_object()) {
      ADD_FAILURE() << r.body;
      return {};
    }
    return value.get_object();
  }

  std::vector<std::string>
  listed(std::string_view query, std::string_view key) {
    std::vector<std::string> ids;
    auto body = parsed(get("/api/chat/sessions" + std::string(query), key));
    if (body.contains("sessions"))
      for (const auto& one : body["sessions"].get_array())
        ids.emplace_back(one.at("id").get_string());
    return ids;
  }

  static std::string path(const session_id& id, std::string_view tail = "") {
    return "/api/chat/sessions/" + id.to_string() + std::string(tail);
  }

  const session_id mine = session(1);
  const session_id other = session(2);
};

TEST_F(SessionRoutesTest, MembersSeeTheirOwnAndAdminsAll) {
  using ids = std::vector<std::string>;
  EXPECT_EQ(listed("", member_key), ids{mine.to_string()});
  EXPECT_EQ(listed("", admin_key), (ids{other.to_string(), mine.to_string()}));
  EXPECT_EQ(
      listed("?userDid=did%3Auser%3A2", admin_key), ids{other.to_string()});
  EXPECT_EQ(listed("?agentDid=did:agent:2", member_key), ids{});
  EXPECT_EQ(listed("?agentDid=did:agent:1", admin_key), ids{mine.to_string()});
  EXPECT_EQ(listed("?userDid=did:user:1", member_key), ids{mine.to_string()});
  expect_problem(
      get("/api/chat/sessions?userDid=did:user:2", member_key), 403,
      "FORBIDDEN");
}

TEST_F(SessionRoutesTest, TheListIsPaged) {
  auto first = parsed(get("/api/chat/sessions?limit=1"));
  ASSERT_EQ(first["sessions"].get_array().size(), 1u);
  auto cursor = std::string(first["nextCursor"].get_string());
  auto second = parsed(get("/api/chat/sessions?limit=1&cursor=" + cursor));
  EXPECT_EQ(
      second["sessions"].get_array()[0].at("id").get_string(),
      mine.to_string());
  for (auto bad :
       {"?limit=x", "?limit=-1", "?limit=201", "?limit=", "?cursor=nonsense"})
    expect_problem(
        get("/api/chat/sessions" + std::string(bad)), 400, "INVALID_REQUEST");
}

TEST_F(SessionRoutesTest, ASessionIsShownAsInTheList) {
  actors.activity.queued = {turn(5)};
  actors.activity.clients = 3;
  auto one = parsed(get(path(mine), member_key));
  EXPECT_EQ(one["queuedTurns"].as_array(), (json::array{turn(5).to_string()}));
  EXPECT_EQ(one["attachedClients"].to_number<int>(), 3);
  // What goes on at the moment is not looked up for a whole list.
  one.erase("queuedTurns");
  one.erase("attachedClients");
  auto list = parsed(get("/api/chat/sessions", member_key));
  EXPECT_EQ(list["sessions"].get_array()[0], json::value(one));
  EXPECT_EQ(one["title"].get_string(), "What is this?");
  EXPECT_EQ(one["messageCount"].to_number<int>(), 2);
  EXPECT_EQ(one["lastEnd"].get_string(), "complete");
  EXPECT_EQ(one["agentDid"].get_string(), "did:agent:1");
  EXPECT_TRUE(from_iso8601(std::string(one["createdAt"].get_string())));
}

TEST_F(SessionRoutesTest, AnothersSessionIsTheSameAsNone) {
  for (auto tail : {"", "/messages", "/events"}) {
    auto theirs =
        expect_problem(get(path(other, tail), member_key), 404, "NOT_FOUND");
    auto none = expect_problem(
        get(path(session(9), tail), member_key), 404, "NOT_FOUND");
    auto malformed = expect_problem(
        get("/api/chat/sessions/x" + std::string(tail), member_key), 404,
        "NOT_FOUND");
    EXPECT_EQ(theirs, none);
    EXPECT_EQ(theirs, malformed);
    EXPECT_EQ(get(path(other, tail)).status, 200u);
  }
  auto renamed =
      send_json("PATCH", path(other), R"({"title":"Mine now"})", member_key);
  expect_problem(renamed, 404, "NOT_FOUND");
}

TEST_F(SessionRoutesTest, MessagesAreShownAsTheyArrived) {
  message m;
  m.role = role::user;
  m.content = R"([ {"type":"text","n":1.50} ])";
  m.name = "ann";
  m.extra = R"({"id":"m-1","origin":"forged","createdAt":0})";
  actors.writer().ask(mine, 2, {m});
  actors.writer().append(mine, answer(actors.writer().now(), {"So far"}));
  actors.project();
  auto r = get(path(mine, "/messages"), member_key);
  auto body = parsed(r);
  const auto& messages = body["messages"].get_array();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].at("role").get_string(), "user");
  EXPECT_EQ(messages[0].at("content").get_string(), "What is this?");
  EXPECT_EQ(messages[0].at("origin").get_string(), "client");
  EXPECT_EQ(messages[1].at("role").get_string(), "assistant");
  EXPECT_EQ(messages[1].at("content").get_string(), "re: What is this?");
  EXPECT_EQ(messages[1].at("origin").get_string(), "generated");
  EXPECT_EQ(messages[1].at("end").get_string(), "complete");
  EXPECT_NE(
      r.body.find(R"("content":[ {"type":"text","n":1.50} ])"),
      std::string::npos);
  const auto& third = messages[2].get_object();
  EXPECT_EQ(third.at("id").get_string(), "m-1");
  EXPECT_EQ(third.at("origin").get_string(), "client");
  EXPECT_TRUE(third.at("createdAt").is_string());
  EXPECT_EQ(third.at("name").get_string(), "ann");
  // The one that is being generated.
  EXPECT_EQ(messages[3].at("content").get_string(), "So far");
  EXPECT_FALSE(messages[3].as_object().contains("end"));
}

TEST_F(SessionRoutesTest, MessagesArePagedWhenAsked) {
  actors.writer().chat(mine, "more");
  actors.project();
  auto whole = parsed(get(path(mine, "/messages")));
  EXPECT_FALSE(whole.contains("nextFrom"));
  json::array joined;
  std::uint64_t from = 0;
  for (int page = 0; page < 10; ++page) {
    auto part = parsed(
        get(path(mine, "/messages?limit=3&from=") + std::to_string(from)));
    for (auto& one : part["messages"].get_array())
      joined.push_back(one);
    if (!part.contains("nextFrom"))
      break;
    from = part["nextFrom"].to_number<std::uint64_t>();
  }
  EXPECT_EQ(joined, whole["messages"].get_array());
  expect_problem(
      get(path(mine, "/messages?limit=10001")), 400, "INVALID_REQUEST");
}

TEST_F(SessionRoutesTest, ATitleIsChanged) {
  auto r =
      send_json("PATCH", path(mine), R"({"title":"Better ✓"})", member_key);
  EXPECT_EQ(parsed(r)["title"].get_string(), "Better ✓");
  for (const auto& bad : std::vector<std::string>{
           R"({})", R"({"title":3})", R"({"title":""})", R"({"title":"a\nb"})",
           R"({"title":"Better","x":1})",
           R"({"title":")" + std::string(201, 'x') + "\"}"})
    expect_problem(
        send_json("PATCH", path(mine), bad, member_key), 400,
        "INVALID_REQUEST");
}

TEST_F(SessionRoutesTest, EventsAreLinesOfJsonInOrder) {
  auto r = get(path(mine, "/events"), member_key);
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.header("content-type"), "application/x-ndjson");
  std::uint64_t version = 0;
  std::string text;
  std::size_t at = 0;
  while (at < r.body.size()) {
    auto end = r.body.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    auto line = json::parse(r.body.substr(at, end - at)).as_object();
    EXPECT_EQ(line.at("version").to_number<std::uint64_t>(), ++version);
    if (line.at("type").get_string() == "token_generated")
      text += line.at("data").at("text").get_string();
    at = end + 1;
  }
  EXPECT_EQ(version, actors.writer().state(mine).version.value);
  EXPECT_EQ(text, "re: What is this?");
}

TEST_F(SessionRoutesTest, ALongSessionsEventsAreStreamedWhole) {
  std::vector<std::string> texts(30'000, "token ");
  actors.writer().ask(mine, 2, {user_says("long")});
  actors.writer().append(mine, answer(actors.writer().now(), texts));
  actors.writer().complete(mine);
  actors.project();
  auto client = connect();
  client.send(get_request(path(mine, "/events"), member_key));
  auto r = client.read_response();
  EXPECT_EQ(r.header("transfer-encoding"), "chunked");
  EXPECT_EQ(
      static_cast<std::uint64_t>(
          std::count(r.body.begin(), r.body.end(), '\n')),
      actors.writer().state(mine).version.value);
  // And over HTTP/1.0, ended by closing.
  auto old = connect();
  auto bytes = get_request(path(mine, "/events"), member_key);
  old.send(bytes.replace(bytes.find("HTTP/1.1"), 8, "HTTP/1.0"));
  EXPECT_EQ(old.read_response().body, r.body);
}

TEST_F(SessionRoutesTest, PagesOfAnySizeAreTheSameEvents) {
  std::string expected;
  auto read = actors.log().read_stream(stream_of(mine), {1}, [&](auto batch) {
    batch->for_each(
        [&](const recorded_event& e) { expected += to_json(e) + '\n'; });
    return true;
  });
  ASSERT_TRUE(read);
  for (std::size_t bytes : {1, 100, 1000, 100'000}) {
    event_lines lines{actors.log(), stream_of(mine)};
    std::string out;
    for (auto before = out.size();; before = out.size()) {
      ASSERT_TRUE(lines.next(out, bytes));
      if (out.size() == before)
        break;
    }
    EXPECT_EQ(out, expected);
  }
}

TEST_F(SessionRoutesTest, AReadThatCanNotBeFreshIsRefused) {
  actors.refuse_projection = make_error(ec::timed_out, "Too far behind.");
  for (auto tail : {"", "/messages", "/events"}) {
    auto r = get(path(mine, tail));
    expect_problem(r, 503, "TIMED_OUT");
    EXPECT_NE(r.header("retry-after"), "");
  }
  expect_problem(get("/api/chat/sessions"), 503, "TIMED_OUT");
}

TEST_F(SessionRoutesTest, ReadsThatWaitAreBounded) {
  options.max_waiting_queries = 0;
  expect_problem(get("/api/chat/sessions"), 503, "OVERLOADED");
}

} // namespace
} // namespace hansard::test
