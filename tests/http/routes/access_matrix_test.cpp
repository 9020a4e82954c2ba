#include "actors/secrets/credential_vault.hpp"
#include "http/message/router.hpp"
#include "tests/http/harness/real_server.hpp"
#include "tests/http/harness/test_callers.hpp"
#include "tests/http/routes/access_table.hpp"
#include "tests/support/credential_keys.hpp"

#include <algorithm>
#include <chrono>
#include <locale>
#include <map>
#include <set>
#include <tuple>

namespace hansard::test {
namespace {

constexpr std::string_view quick_agent = "did:agent:quick";
constexpr std::string_view slow_agent = "did:agent:slow";
constexpr std::string_view stranger = "did:user:stranger";

struct caller {
  std::string name;
  /// In the cells of a row.
  std::size_t column;
  std::string user;
  std::string key;
  grant_state grant = grant_state::none;
  shown how = shown::key;

  /// The registry knows them, so that they can have grants of their own.
  bool is_registered() const {
    return how == shown::key
           || (column == 1 && grant != grant_state::none
               && grant != grant_state::by_group);
  }
  std::string group() const {
    return grant == grant_state::by_group ? "group-of-" + user : "nobody";
  }
  std::string_view role() const {
    return column == 3 ? "admin" : column == 2 ? "auditor" : "member";
  }
  std::string fields() const {
    return fields_of(how, user, role(), group(), key);
  }
};

enum class session_state_of { none, ended, running, deleted, missing };

struct whereabouts {
  bool own = false;
  session_state_of state = session_state_of::none;
};

std::string name_of(const whereabouts& at) {
  static const std::map<session_state_of, std::string> names{
      {session_state_of::none, "no session"},
      {session_state_of::ended, "ended"},
      {session_state_of::running, "running"},
      {session_state_of::deleted, "deleted"},
      {session_state_of::missing, "missing"}};
  return (at.own ? "own " : "") + names.at(at.state);
}

/// Asks every cell of the matrix of docs/access.md.
class Promise6AccessMatrixTest : public ::testing::Test {
protected:
  /// @param by_kind callers with each kind of credential but keys, too.
  /// @param rows that are asked, at most: a cell takes a session of its own.
  explicit Promise6AccessMatrixTest(bool by_kind = false, int rows = 20) {
    callers_ = {
        {"anonymous", 0, "", "", grant_state::none, shown::nothing},
        {"member without a grant", 1, "did:user:none", key_of(1),
         grant_state::none},
        {"member with a grant", 1, "did:user:granted", key_of(2),
         grant_state::in_force},
        {"member whose grant is over", 1, "did:user:expired", key_of(3),
         grant_state::expired},
        {"member whose grant was revoked", 1, "did:user:revoked", key_of(4),
         grant_state::revoked},
        {"member who may do something else", 1, "did:user:else", key_of(5),
         grant_state::other_capability},
        {"auditor", 2, "did:user:auditor", key_of(6), grant_state::in_force},
        {"admin", 3, "did:user:root", key_of(7), grant_state::none}};
    if (by_kind)
      add_callers_by_kind();
    // What the log holds when the server starts: enough for each cell to have
    // a session of its own.
    for (const auto& who : callers_)
      if (who.column == 1)
        prepare(who.user, rows);
    prepare(std::string(stranger), (by_kind ? 20 : 8) * rows);
    server_options options;
    options.authentication = believe_callers();
    options.reload = [](const cause&, const reply<reload_report>& answer) {
      answer(reload_report{});
    };
    server_.start(options);
    server_.actors().vault().use({sample_credential_key()});
    server_.add_agent(std::string(quick_agent), "demo");
    server_.add_agent(std::string(slow_agent), "script");
    server_.add_user(std::string(stranger), key_of(8));
    for (const auto& who : callers_)
      if (!who.user.empty())
        enroll(who);
  }

  void add_callers_by_kind() {
    const std::pair<shown, std::string> kinds[] = {
        {shown::cookie, "cookie"},
        {shown::cookie_as_bearer, "cookie as bearer"},
        {shown::token, "token"}};
    int n = 10;
    auto add = [&](const std::string& what, std::size_t column, shown how,
                   grant_state grant) {
      auto id = std::to_string(n++);
      callers_.push_back(
          {what + ", grant " + std::to_string(int(grant)), column,
           "did:user:" + id, "key-of-somebody-by-kind-00" + id, grant, how});
    };
    for (const auto& [how, name] : kinds) {
      for (auto grant :
           {grant_state::none, grant_state::in_force, grant_state::one_agent,
            grant_state::by_group, grant_state::expired, grant_state::revoked,
            grant_state::other_capability})
        add("member by " + name, 1, how, grant);
      add("auditor by " + name, 2, how, grant_state::none);
      add("admin by " + name, 3, how, grant_state::none);
    }
  }

  static std::string key_of(int n) {
    return "key-of-somebody-000000000" + std::to_string(n);
  }

  void prepare(const std::string& user, int count) {
    for (int i = 0; i < count; ++i)
      for (bool deleted : {false, true}) {
        auto id = session(++last_session_);
        server_.past().open(id, user, std::string(quick_agent));
        server_.past().complete(id);
        if (deleted)
          server_.past().append(id, std::vector<event>{session_deleted{}});
        ready_[{user, deleted}].push_back(id);
      }
  }

  void enroll(const caller& who) {
    auto role = who.column == 2   ? user_role::auditor
                : who.column == 3 ? user_role::admin
                                  : user_role::member;
    if (who.is_registered())
      server_.add_user(who.user, who.key, role);
    switch (who.grant) {
    case grant_state::none:
      return;
    case grant_state::one_agent:
      grant_one(who, std::string(quick_agent));
      grant_one(who, std::string(slow_agent));
      return;
    case grant_state::by_group:
      server_.done<grant_record>([&](auto answer) {
        server_.actors().issue_group_grant(
            {}, who.group(), "*", {"chat"}, std::nullopt, answer);
      });
      return;
    case grant_state::in_force:
      server_.grant(who.user);
      return;
    case grant_state::expired:
      server_.grant(who.user, from_unix_us(1'000'000));
      return;
    case grant_state::revoked: {
      auto grant = server_.grant(who.user);
      server_.done<std::monostate>([&](auto answer) {
        server_.actors().revoke_grant({}, who.user, grant.id, answer);
      });
      return;
    }
    case grant_state::other_capability:
      server_.done<grant_record>([&](auto answer) {
        server_.actors().issue_grant(
            {}, who.user, "*", {"read"}, std::nullopt, answer);
      });
      return;
    }
  }

  void grant_one(const caller& who, const std::string& agent) {
    server_.done<grant_record>([&](auto answer) {
      server_.actors().issue_grant(
          {}, who.user, agent, {"chat"}, std::nullopt, answer);
    });
  }

  std::vector<whereabouts> places(const access_row& row, const caller& who) {
    if (!row.on_session)
      return {whereabouts{}};
    std::vector<whereabouts> out;
    for (auto state :
         {session_state_of::ended, session_state_of::running,
          session_state_of::deleted, session_state_of::missing})
      for (bool own : {false, true})
        if (!own || (who.column == 1 && state != session_state_of::missing))
          out.push_back({own, state});
    return out;
  }

  session_id session_for(const caller& who, const whereabouts& at) {
    std::string owner = at.own ? who.user : std::string(stranger);
    if (at.state == session_state_of::missing)
      return session(1'000'000 + ++last_session_);
    if (at.state == session_state_of::running)
      return server_.running(owner, std::string(slow_agent));
    auto& pool = ready_[{owner, at.state == session_state_of::deleted}];
    if (pool.empty()) {
      ADD_FAILURE() << "too few sessions of " << owner;
      return {};
    }
    auto id = pool.back();
    pool.pop_back();
    return id;
  }

  /// A thing of its own for each cell: what DELETE takes away.
  std::string
  fresh(std::string_view path, std::string_view name, const caller& who) {
    auto n = std::to_string(++last_thing_);
    if (name == "did" && path.starts_with("/api/agents")) {
      server_.add_agent("did:agent:" + n, "demo");
      if (who.grant == grant_state::one_agent)
        grant_one(who, "did:agent:" + n);
      return "did:agent:" + n;
    }
    if (name == "did" && path == "/api/users/{did}") {
      server_.add_user("did:user:" + n, "key-of-one-more-000000000" + n);
      return "did:user:" + n;
    }
    if (name == "did")
      return std::string(stranger);
    if (name == "keyId") {
      key_wish wish;
      wish.user = stranger;
      return server_
          .done<issued_key>([&](auto answer) {
            server_.actors().issue_key({}, wish, answer);
          })
          .record.id.to_string();
    }
    if (name == "name" && path.starts_with("/api/guardrails")) {
      guardrail_spec rule;
      rule.name = "rule-" + n;
      rule.detectors = {"email"};
      rule.action = guard_action::flag;
      server_.done<std::monostate>([&](auto answer) {
        server_.actors().set_guardrail({}, rule, answer);
      });
      return rule.name;
    }
    if (name == "name" && path.starts_with("/api/credentials"))
      return server_
          .done<credential_record>([&](auto answer) {
            server_.actors().set_credential(
                {}, "credential-" + n, secret_text{"value"}, answer);
          })
          .sealed.name;
    if (name == "name")
      return "staff";
    if (name == "grantId" && path.starts_with("/api/groups"))
      return server_
          .done<grant_record>([&](auto answer) {
            server_.actors().issue_group_grant(
                {}, "staff", "*", {"read"}, std::nullopt, answer);
          })
          .id.to_string();
    if (name == "grantId")
      return server_
          .done<grant_record>([&](auto answer) {
            server_.actors().issue_grant(
                {}, std::string(stranger), "*", {"read"}, std::nullopt, answer);
          })
          .id.to_string();
    if (name == "id" && path.starts_with("/api/policies")) {
      policy_spec spec;
      spec.scope = policy_scope::user;
      spec.subject = "did:user:nobody" + n;
      spec.rules.max_turn_seconds = 1;
      return server_
          .done<policy_record>([&](auto answer) {
            server_.actors().set_policy({}, std::nullopt, spec, answer);
          })
          .ref.id.to_string();
    }
    ADD_FAILURE() << "say here what " << name << " of " << path << " is";
    return {};
  }

  /// A body that the route accepts.
  std::string body_for(const access_row& row, const std::string& session) {
    auto n = std::to_string(++last_thing_);
    auto route = row.method + ' ' + row.path;
    if (route == "POST /api/chat") {
      auto agent = on_slow_agent_ ? slow_agent : quick_agent;
      auto in = session.empty() ? "" : R"("sessionId":")" + session + R"(",)";
      return R"({"agentDid":")" + std::string(agent) + R"(",)" + in
             + R"("messages":[{"role":"user","content":"Hi )" + n + R"("}]})";
    }
    if (route == "PATCH /api/chat/sessions/{id}")
      return R"({"title":"A title"})";
    if (route == "POST /api/agents")
      return R"({"did":"did:agent:new)" + n
             + R"(","provider":"demo","model":"demo"})";
    if (route == "PATCH /api/agents/{did}")
      return R"({"name":"Another"})";
    if (route == "POST /api/users")
      return R"({"did":"did:user:new)" + n + R"("})";
    if (row.path.ends_with("/grants") && row.method == "POST")
      return R"({"agentDid":"*","capabilities":["read"]})";
    if (route == "POST /api/policies")
      return R"({"scope":"user","subject":"did:user:new)" + n
             + R"(","maxTurnSeconds":5})";
    if (route == "PATCH /api/users/{did}")
      return R"({"displayName":"Another"})";
    if (route == "POST /api/tokens/revocations")
      return R"({"tokenId":"token-)" + n + R"("})";
    if (route == "POST /api/guardrails")
      return R"({"name":"new-)" + n
             + R"(","detectors":["email"],"action":"flag","on":"input"})";
    if (route == "POST /api/credentials")
      return R"({"name":"new-)" + n + R"(","value":"sk-1"})";
    if (route == "POST /api/guardrails/test")
      return R"({"text":"Hello"})";
    return "{}";
  }

  std::string
  request_for(const access_row& row, const caller& who, const whereabouts& at) {
    std::string session;
    on_slow_agent_ = at.state == session_state_of::running;
    if (row.on_session)
      session = session_for(who, at).to_string();
    std::string path = row.path;
    for (auto open = path.find('{'); open != path.npos; open = path.find('{')) {
      auto close = path.find('}', open);
      auto name = path.substr(open + 1, close - open - 1);
      auto value = row.on_session ? session : fresh(row.path, name, who);
      path.replace(open, close - open + 1, value);
    }
    auto request = row.method == "GET"
                       ? get_request(path)
                       : json_request(row.method, path, body_for(row, session));
    return request.insert(request.find("\r\n") + 2, who.fields());
  }

  /// Asks one cell.
  void expect_answer(
      const access_row& row, const caller& who, const whereabouts& at) {
    SCOPED_TRACE(
        row.method + ' ' + row.path + " by " + who.name + ": " + name_of(at));
    situation now;
    now.missing = at.state == session_state_of::missing;
    now.other = row.on_session && !at.own;
    now.deleted = at.state == session_state_of::deleted;
    now.running = at.state == session_state_of::running;
    now.granted = lets_chat(who.grant);
    auto expected = status_in(row.cells[who.column], now);
    auto answer = server_.ask(request_for(row, who, at));
    EXPECT_EQ(answer.status, expected) << answer.body;
  }

  real_server server_;
  std::vector<caller> callers_;
  std::uint64_t last_session_ = 0;
  std::uint64_t last_thing_ = 0;
  bool on_slow_agent_ = false;
  std::map<std::pair<std::string, bool>, std::vector<session_id>> ready_;
};

TEST_F(Promise6AccessMatrixTest, TheTableHasHundredsOfCells) {
  std::size_t cells = 0;
  for (const auto& row : access_table())
    for (const auto& who : callers_)
      cells += places(row, who).size();
  // Eight callers; a member in seven places.
  EXPECT_GT(cells, 500u);
}

class Promise6AccessRowTest : public Promise6AccessMatrixTest,
                              public ::testing::WithParamInterface<access_row> {
protected:
  Promise6AccessRowTest() : Promise6AccessMatrixTest(false, 1) {}
};

TEST_P(Promise6AccessRowTest, EachCellAnswersAsTheTableSays) {
  const auto& row = GetParam();
  for (const auto& who : callers_)
    for (const auto& at : places(row, who))
      expect_answer(row, who, at);
}

/// "GET_api_users_did"; "POST_api_chat_in_a_session"
std::string name_of_row(const ::testing::TestParamInfo<access_row>& info) {
  auto name = info.param.method + info.param.path;
  for (auto& c : name)
    if (c == '/' || c == '-' || c == '.' || c == ':')
      c = '_';
  std::erase_if(name, [](char c) {
    return !std::isalnum(c, std::locale::classic()) && c != '_';
  });
  if (info.param.on_session)
    name += "_in_a_session";
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Promise6AccessRowTest, ::testing::ValuesIn(access_table()),
    name_of_row);

class Promise6CredentialMatrixTest : public Promise6AccessMatrixTest {
protected:
  Promise6CredentialMatrixTest() : Promise6AccessMatrixTest(true) {}
};

/// By other credentials than keys: each caller at each route, and each place of
/// a session by each kind of credential. Which caller is at which place goes
/// round with the rows, as all together would be thousands of cells more.
TEST_F(Promise6CredentialMatrixTest, OtherCredentialsAnswerAsTheTableSays) {
  std::set<std::tuple<shown, std::string, std::string>> places_seen;
  std::size_t turn = 0;
  for (const auto& row : access_table()) {
    ++turn;
    std::size_t nth = 0;
    for (const auto& who : callers_) {
      if (who.how == shown::key || who.how == shown::nothing)
        continue;
      auto all = places(row, who);
      // Seven members of each kind, and seven places for a member.
      const auto& at = all[(turn + nth++) % all.size()];
      expect_answer(row, who, at);
      if (who.column == 1)
        places_seen.emplace(who.how, row.method + ' ' + row.path, name_of(at));
    }
  }
  std::size_t wanted = 0;
  for (const auto& row : access_table())
    wanted += 3 * places(row, callers_[2]).size();
  EXPECT_EQ(places_seen.size(), wanted);
}

TEST_F(Promise6AccessMatrixTest, EachRouteHasARowAndEachRowARoute) {
  std::set<std::string> served;
  for (const auto& route : routes())
    served.insert(std::string(route.method) + ' ' + std::string(route.path));
  std::set<std::string> told;
  for (const auto& row : access_table())
    told.insert(row.method + ' ' + row.path);
  EXPECT_EQ(told, served);
}

TEST_F(Promise6AccessMatrixTest, EachRouteAboutASessionIsAskedAboutSessions) {
  for (const auto& row : access_table())
    if (row.path.find("/sessions/{id}") != row.path.npos) {
      EXPECT_TRUE(row.on_session) << row.path;
    }
}

TEST_F(Promise6AccessMatrixTest, AForeignSessionIsRefusedByTheSameBytes) {
  const auto& member = callers_[2];
  auto without_its_own = [](raw_response r) {
    // Of each request alone: its id, and the time.
    auto cut = [&r](std::string_view name) {
      auto at = r.body.find(name);
      if (at == r.body.npos)
        return;
      auto end = r.body.find('"', at + name.size());
      r.body.erase(at, end - at);
    };
    cut(R"("requestId":")");
    cut(R"("timestamp":")");
    for (auto* name : {"x-request-id", "date"})
      r.headers.erase(name);
    return r;
  };
  for (const auto& row : access_table()) {
    if (!row.on_session)
      continue;
    SCOPED_TRACE(row.method + ' ' + row.path);
    auto foreign = without_its_own(server_.ask(
        request_for(row, member, {false, session_state_of::ended})));
    auto missing = without_its_own(server_.ask(
        request_for(row, member, {false, session_state_of::missing})));
    auto deleted = without_its_own(server_.ask(
        request_for(row, member, {true, session_state_of::deleted})));
    EXPECT_EQ(foreign.status, 404u);
    EXPECT_EQ(foreign.body, missing.body);
    EXPECT_EQ(foreign.headers, missing.headers);
    EXPECT_EQ(foreign.body, deleted.body);
    EXPECT_EQ(foreign.headers, deleted.headers);
  }
}

TEST_F(Promise6AccessMatrixTest, AForeignSessionTakesNoOtherTime) {
  using clock = std::chrono::steady_clock;
  const auto& member = callers_[2];
  auto client = server_.connect();
  auto time_of = [&](const std::string& request) {
    auto began = clock::now();
    client.send(request);
    EXPECT_EQ(client.read_response().status, 404u);
    return clock::now() - began;
  };
  auto path = [](const session_id& id) {
    return "/api/chat/sessions/" + id.to_string() + "/stream";
  };
  auto foreign = ready_[{std::string(stranger), false}].front();
  std::vector<clock::duration> times[2];
  for (int i = 0; i < 60; ++i) {
    times[0].push_back(time_of(get_request(path(foreign), member.key)));
    times[1].push_back(time_of(get_request(
        path(session(5'000'000 + static_cast<std::uint64_t>(i))), member.key)));
  }
  for (auto& of : times) {
    std::sort(of.begin(), of.end());
    // Neither is told before its time.
    EXPECT_GE(
        of.front(),
        server_options{}.hide_time - std::chrono::microseconds{100});
  }
  // The least of many is what is left when nothing else disturbs: the work.
  auto difference = times[0][5] - times[1][5];
  EXPECT_LT(std::chrono::abs(difference), std::chrono::milliseconds{1});
}

} // namespace
} // namespace hansard::test
