#include "tests/support/random.hpp"
#include "tests/tools/admin/model.hpp"
#include "tools/hansard/apply/apply_command.hpp"
#include "tools/hansard/apply/difference.hpp"
#include "tools/hansard/apply/fetch.hpp"
#include "tools/hansard/apply/text.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <algorithm>

namespace hansard {
namespace {

using test::admin_model;
using test::chooser;

const timestamp noon = *from_iso8601("2026-05-28T12:00:00Z");

/// Names that a path can't hold as they are.
const std::vector<std::string> dids{
    "did:plain", "did:a/b?c#d", "did:with space", "did:ä%41", "*.."};

class wish {
public:
  explicit wish(chooser& random) : random_(random) {
    for (auto kind :
         {apply_kind::credential, apply_kind::agent, apply_kind::guardrail,
          apply_kind::policy, apply_kind::user, apply_kind::grant})
      out.kinds.insert(kind);
    for (const auto& did : dids) {
      if (random.one_in(2))
        out.items.push_back(item_of(wanted_credential{did, "geheim"}));
      if (!random.one_in(3))
        add_agent(did);
      if (!random.one_in(3))
        add_user(did);
      if (random.one_in(2))
        add_guardrail(did);
      if (random.one_in(2))
        add_policy(did);
    }
    for (const auto& did : dids)
      add_grants(did);
  }

  apply_state out;

private:
  void add_agent(const std::string& did) {
    agent_spec agent;
    agent.did = did;
    agent.provider = "demo";
    agent.model = random_.text(1);
    agent.name = random_.one_in(2) ? "" : random_.text(2);
    if (random_.one_in(2))
      agent.headers.emplace_back("X-" + random_.text(1), "secret");
    if (random_.one_in(2))
      agent.parameters = R"({"temperature":0.5,"n":1})";
    agent.max_attempts = static_cast<std::uint32_t>(random_.between(1, 3));
    out.items.push_back(item_of(agent));
    agents_.push_back(did);
  }
  void add_user(const std::string& did) {
    wanted_user user{did, random_.text(1), user_role::member, true};
    user.active = !random_.one_in(4);
    if (random_.one_in(4))
      user.role = user_role::auditor;
    out.items.push_back(item_of(user));
    users_.push_back(did);
  }
  void add_guardrail(const std::string& name) {
    guardrail_spec rule;
    rule.name = name;
    rule.detectors = {random_.one_in(2) ? "card" : "email"};
    rule.required = random_.one_in(2);
    out.items.push_back(item_of(rule));
  }
  void add_policy(const std::string& subject) {
    policy_spec policy;
    policy.scope = policy_scope::group;
    policy.subject = subject;
    policy.rules.max_turn_seconds = random_.between(1, 3);
    if (random_.one_in(2))
      policy.rules.max_tokens_per_day = random_.between(1, 3);
    if (random_.one_in(3))
      policy.rules.allowed_models = {random_.text(1)};
    out.items.push_back(item_of(policy));
  }
  void add_grants(const std::string& owner) {
    const bool is_user =
        std::find(users_.begin(), users_.end(), owner) != users_.end();
    for (const auto& agent : agents_) {
      if (random_.one_in(2))
        continue;
      wanted_grant grant;
      (is_user && random_.one_in(2) ? grant.user : grant.group) = owner;
      grant.agent = random_.one_in(4) ? "*" : agent;
      if (random_.one_in(2))
        grant.capabilities = {"look", "chat"};
      if (random_.one_in(3))
        grant.expires_at = noon + std::chrono::hours(random_.between(1, 3));
      auto item = item_of(grant);
      const bool twice = std::any_of(
          out.items.begin(), out.items.end(), [&item](const apply_item& one) {
            return one.collection == item.collection && one.name == item.name;
          });
      if (!twice)
        out.items.push_back(std::move(item));
    }
  }

  chooser& random_;
  std::vector<std::string> agents_;
  std::vector<std::string> users_;
};

std::vector<apply_step>
plan(admin_model& server, const apply_state& wanted, bool prune) {
  auto actual = fetch_state(server.as_ask(), wanted, prune, noon);
  EXPECT_TRUE(actual);
  auto steps = difference(wanted, *actual, "did:self", prune);
  EXPECT_TRUE(steps);
  return std::move(*steps);
}

void apply(admin_model& server, const apply_state& wanted, bool prune) {
  const auto steps = plan(server, wanted, prune);
  std::size_t done = 0;
  auto made = do_steps(server.as_ask(), steps, done);
  EXPECT_TRUE(made) << made.error().message << '\n' << difference_text(steps);
  EXPECT_EQ(done, steps.size());
}

/// What there is, a line each, in order; users that are deactivated are not.
std::vector<std::string> lines_of(const apply_state& state) {
  std::vector<std::string> out;
  for (const auto& item : state.items)
    if (const auto* active = item.fields.if_contains("active");
        item.name != "did:self" && (!active || active->get_bool())) {
      // The order of members says nothing.
      std::vector<std::string> fields;
      for (const auto& [key, value] : item.fields)
        fields.push_back(
            std::string(key) + '=' + boost::json::serialize(value));
      std::sort(fields.begin(), fields.end());
      auto line = std::string(to_string(item.kind)) + ' ' + item.collection
                  + ' ' + item.name;
      for (const auto& field : fields)
        line += ' ' + field;
      out.push_back(std::move(line));
    }
  std::sort(out.begin(), out.end());
  return out;
}

apply_state all_of(admin_model& server, const apply_state& kinds) {
  return *fetch_state(server.as_ask(), kinds, true, noon);
}

TEST(ApplyDifferenceTest, PrunedStepsLeadToWhatIsWantedAndThenThereAreNone) {
  const auto first = test::seed_or(1);
  for (auto seed = first; seed < first + 150; ++seed) {
    SCOPED_TRACE(seed);
    chooser random{seed};
    admin_model server;
    for (int change = 0; change < 3; ++change) {
      const auto wanted = wish(random).out;
      apply(server, wanted, true);
      EXPECT_EQ(lines_of(all_of(server, wanted)), lines_of(wanted));
      const auto writes = server.writes;
      EXPECT_EQ(difference_text(plan(server, wanted, true)), "");
      apply(server, wanted, true);
      EXPECT_EQ(server.writes, writes);
    }
    EXPECT_EQ(server.users["did:self"]["active"], boost::json::value(true));
  }
}

TEST(ApplyDifferenceTest, UnprunedStepsAddWhatIsWantedAndTakeNothingAway) {
  const auto first = test::seed_or(1'000);
  for (auto seed = first; seed < first + 100; ++seed) {
    SCOPED_TRACE(seed);
    chooser random{seed};
    admin_model server;
    apply(server, wish(random).out, true);
    const auto wanted = wish(random).out;
    const auto before = all_of(server, wanted);
    apply(server, wanted, false);
    EXPECT_EQ(difference_text(plan(server, wanted, false)), "");
    auto expected = lines_of(wanted);
    for (const auto& item : before.items) {
      const bool named = std::any_of(
          wanted.items.begin(), wanted.items.end(), [&](const auto& one) {
            return one.kind == item.kind && one.collection == item.collection
                   && one.name == item.name;
          });
      if (!named)
        for (auto& line : lines_of({{item}, {}}))
          expected.push_back(std::move(line));
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(lines_of(all_of(server, wanted)), expected);
  }
}

TEST(ApplyDifferenceTest, AfterAFailureTheRestIsWhatIsLeftToDo) {
  const auto first = test::seed_or(2'000);
  for (auto seed = first; seed < first + 50; ++seed) {
    SCOPED_TRACE(seed);
    chooser random{seed};
    admin_model server;
    apply(server, wish(random).out, true);
    const auto wanted = wish(random).out;
    const auto steps = plan(server, wanted, true);
    if (steps.empty())
      continue;
    server.failing_write = server.writes + random.between(1, steps.size());
    std::size_t done = 0;
    EXPECT_FALSE(do_steps(server.as_ask(), steps, done));
    EXPECT_LT(done, steps.size());
    EXPECT_NE(difference_text(plan(server, wanted, true)), "");
    apply(server, wanted, true);
    EXPECT_EQ(lines_of(all_of(server, wanted)), lines_of(wanted));
  }
}

TEST(ApplyDifferenceTest, KindsThatTheFileDoesNotHaveAreLeftAlone) {
  chooser random{7};
  admin_model server;
  apply(server, wish(random).out, true);
  apply_state wanted;
  wanted.kinds = {apply_kind::policy};
  for (const auto& step : plan(server, wanted, true))
    EXPECT_EQ(step.kind, apply_kind::policy);
}

TEST(ApplyDifferenceTest, WhoAppliesIsNeverDeactivatedNorDemoted) {
  admin_model server;
  apply_state wanted;
  wanted.kinds = {apply_kind::user};
  EXPECT_TRUE(plan(server, wanted, true).empty());
  for (const auto& user :
       {wanted_user{"did:self", "", user_role::member, true},
        wanted_user{"did:self", "", user_role::admin, false}}) {
    wanted.items = {item_of(user)};
    const auto actual = *fetch_state(server.as_ask(), wanted, false, noon);
    const auto steps = difference(wanted, actual, "did:self", false);
    ASSERT_FALSE(steps);
    EXPECT_EQ(steps.error().code, ec::invalid_request);
  }
}

TEST(ApplyDifferenceTest, AThingThatSomebodyElseChangedMeanwhileStopsIt) {
  admin_model server;
  apply_state wanted;
  wanted.kinds = {apply_kind::user};
  wanted.items = {item_of(wanted_user{"did:ann", "Ann", {}, true})};
  apply(server, wanted, false);
  wanted.items = {item_of(wanted_user{"did:ann", "Anna", {}, true})};
  const auto steps = plan(server, wanted, false);
  server.users["did:ann"]["role"] = "auditor";
  std::size_t done = 0;
  const auto writes = server.writes;
  const auto made = do_steps(server.as_ask(), steps, done);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ec::wrong_expected_version);
  EXPECT_EQ(server.writes, writes);
}

TEST(ApplyDifferenceTest, OnlyTheWantedGrantOfAnOwnerForAnAgentIsLeft) {
  admin_model server;
  for (const auto* body :
       {R"({"agentDid":"*","capabilities":["chat"],"expiresAt":null})",
        R"({"agentDid":"*","capabilities":["chat","look"],"expiresAt":null})"})
    ASSERT_TRUE(server.ask({"POST", "/api/groups/staff/grants", body}));
  apply_state wanted;
  wanted.kinds = {apply_kind::grant};
  wanted.items = {item_of(wanted_grant{"", "staff", "*", {"chat"}, {}})};
  EXPECT_THAT(
      difference_text(plan(server, wanted, false)),
      "- grant group staff → *\n");
  wanted.items = {item_of(wanted_grant{"", "staff", "*", {"other"}, {}})};
  apply(server, wanted, false);
  EXPECT_EQ(lines_of(all_of(server, wanted)), lines_of(wanted));
}

TEST(ApplyDifferenceTest, ChangesNameFieldOldAndNew) {
  admin_model server;
  apply_state wanted;
  wanted.kinds = {apply_kind::user};
  wanted.items = {item_of(wanted_user{"did:ann", "Ann", {}, true})};
  EXPECT_EQ(
      difference_text(plan(server, wanted, false)),
      "+ user did:ann: displayName: Ann; role: member; active: true\n");
  apply(server, wanted, false);
  wanted.items = {
      item_of(wanted_user{"did:ann", "A\x1b[2Jn", user_role::auditor, true})};
  EXPECT_EQ(
      difference_text(plan(server, wanted, false)),
      "~ user did:ann: displayName: Ann → A\\x1b[2Jn; role: member → "
      "auditor\n");
}

} // namespace
} // namespace hansard
