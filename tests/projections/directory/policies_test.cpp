#include "projections/directory/access.hpp"
#include "tests/projections/support.hpp"

#include <functional>

namespace hansard::test {
namespace {

policy_id policy(std::uint64_t n) { return {make_ulid(1'780'000, 4, n)}; }

policy_record record_of(std::uint64_t n, policy_scope scope) {
  policy_record out;
  out.ref = {policy(n), 1};
  out.spec.scope = scope;
  out.spec.subject = std::to_string(n);
  return out;
}

/// The five policies that may speak about one turn, in the order of their
/// weight: user, two groups, agent, global.
constexpr std::array<policy_scope, 5> scopes{
    policy_scope::user, policy_scope::group, policy_scope::group,
    policy_scope::agent, policy_scope::global};

/// Resolves with those of the five whose bit is in `present`.
effective_policy
resolve_with(const std::array<policy_record, 5>& all, unsigned present) {
  auto pick = [&](unsigned i) {
    return (present >> i & 1) != 0 ? &all[i] : nullptr;
  };
  std::vector<const policy_record*> groups;
  for (unsigned i : {1u, 2u})
    if (const auto* group = pick(i))
      groups.push_back(group);
  return resolve(pick(4), pick(3), groups, pick(0));
}

/// Which of the five has its way with a number, if these values stand in it.
std::optional<unsigned>
winner(unsigned present, const std::array<std::uint32_t, 5>& values) {
  auto has = [present](unsigned i) { return (present >> i & 1) != 0; };
  if (has(0))
    return 0;
  if (has(1) && has(2))
    return values[2] < values[1] ? 2 : 1;
  for (unsigned i : {1u, 2u, 3u, 4u})
    if (has(i))
      return i;
  return std::nullopt;
}

struct number_field {
  const char* name;
  std::function<void(policy_rules&, std::uint32_t)> set;
  /// The value, and the policy that set it.
  std::function<std::optional<std::pair<std::uint64_t, policy_ref>>(
      const effective_policy&)>
      get;
};

template <class Rule, class Effective>
number_field field(const char* name, Rule rule, Effective effective) {
  return {
      name, [rule](policy_rules& rules, std::uint32_t v) { rules.*rule = v; },
      [effective](const effective_policy& p)
          -> std::optional<std::pair<std::uint64_t, policy_ref>> {
        const auto& found = p.*effective;
        if (!found)
          return std::nullopt;
        return std::pair{std::uint64_t{found->value}, found->from};
      }};
}

std::vector<number_field> number_fields() {
  using r = policy_rules;
  using e = effective_policy;
  return {
      field("minute", &r::max_requests_per_minute, &e::requests_per_minute),
      field("hour", &r::max_requests_per_hour, &e::requests_per_hour),
      field("streams", &r::max_concurrent_streams, &e::concurrent_streams),
      field("day", &r::max_tokens_per_day, &e::tokens_per_day),
      field("month", &r::max_tokens_per_month, &e::tokens_per_month),
      field("input", &r::max_input_chars, &e::input_chars),
      field("output", &r::max_output_tokens, &e::output_tokens),
      field("turn", &r::max_turn_seconds, &e::turn_seconds),
  };
}

TEST(PolicyResolutionTest, EachNumberIsThatOfTheMostSpecificPolicyThatSetsIt) {
  const std::array<std::array<std::uint32_t, 5>, 3> tables{
      {{5, 4, 3, 2, 1}, {1, 2, 3, 4, 5}, {0, 7, 7, 0, 9}}};
  for (const auto& f : number_fields())
    for (const auto& values : tables)
      for (unsigned present = 0; present < 32; ++present) {
        SCOPED_TRACE(std::string(f.name) + " " + std::to_string(present));
        std::array<policy_record, 5> all;
        for (unsigned i = 0; i < 5; ++i) {
          all[i] = record_of(i, scopes[i]);
          f.set(all[i].spec.rules, values[i]);
        }
        auto found = f.get(resolve_with(all, present));
        auto expected = winner(present, values);
        ASSERT_EQ(found.has_value(), expected.has_value());
        if (!found)
          continue;
        EXPECT_EQ(found->first, values[*expected]);
        EXPECT_EQ(found->second, all[*expected].ref);
      }
}

TEST(PolicyResolutionTest, EachMemberIsResolvedOnItsOwn) {
  auto fields = number_fields();
  // Every way in which eight members can be spread over five policies, by one
  // pattern each: policy i sets the members whose bit is in patterns[i].
  std::mt19937_64 random{20'260'528};
  for (int round = 0; round < 2'000; ++round) {
    std::array<policy_record, 5> all;
    std::array<unsigned, 5> patterns;
    for (unsigned i = 0; i < 5; ++i) {
      all[i] = record_of(i, scopes[i]);
      patterns[i] = static_cast<unsigned>(random() & 0xff);
      for (unsigned f = 0; f < fields.size(); ++f)
        if ((patterns[i] >> f & 1) != 0)
          fields[f].set(all[i].spec.rules, 10 + i);
    }
    auto effective = resolve_with(all, 31);
    for (unsigned f = 0; f < fields.size(); ++f) {
      unsigned present = 0;
      for (unsigned i = 0; i < 5; ++i)
        present |= (patterns[i] >> f & 1) << i;
      auto expected = winner(present, {10, 11, 12, 13, 14});
      auto found = fields[f].get(effective);
      ASSERT_EQ(found.has_value(), expected.has_value()) << round;
      if (found) {
        EXPECT_EQ(found->first, 10 + *expected) << fields[f].name;
      }
    }
  }
}

TEST(PolicyResolutionTest, OfSeveralGroupsAllListsAndAllHoursHold) {
  for (unsigned present = 0; present < 32; ++present) {
    SCOPED_TRACE(present);
    std::array<policy_record, 5> all;
    for (unsigned i = 0; i < 5; ++i) {
      all[i] = record_of(i, scopes[i]);
      auto& rules = all[i].spec.rules;
      rules.allowed_models = {"m" + std::to_string(i)};
      rules.allowed_roles = static_cast<std::uint8_t>(1u << (i % 4));
      rules.hours = active_hours{0x7f, static_cast<std::uint16_t>(i), 1440, 0};
    }
    auto effective = resolve_with(all, present);
    std::vector<unsigned> expected;
    if ((present & 1) != 0)
      expected = {0};
    else if ((present & 6) == 6)
      expected = {1, 2};
    else if (auto one = winner(present, {}))
      expected = {*one};
    ASSERT_EQ(effective.models.size(), expected.size());
    ASSERT_EQ(effective.roles.size(), expected.size());
    ASSERT_EQ(effective.hours.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& rules = all[expected[i]].spec.rules;
      EXPECT_EQ(effective.models[i].value, *rules.allowed_models);
      EXPECT_EQ(effective.roles[i].value, *rules.allowed_roles);
      EXPECT_EQ(effective.hours[i].value, *rules.hours);
      EXPECT_EQ(effective.hours[i].from, all[expected[i]].ref);
    }
  }
}

TEST(PolicyResolutionTest, OnlyAnAgentsLimitsCountTurnsWithThatAgentAlone) {
  for (unsigned i = 0; i < 5; ++i) {
    std::array<policy_record, 5> all;
    all[i] = record_of(i, scopes[i]);
    all[i].spec.rules.max_tokens_per_day = 1;
    auto effective = resolve_with(all, 1u << i);
    EXPECT_EQ(
        effective.tokens_per_day->per_agent, scopes[i] == policy_scope::agent);
  }
}

TEST(PolicyResolutionTest, TheSourcesAreThosePoliciesThatSetSomething) {
  std::array<policy_record, 5> all;
  for (unsigned i = 0; i < 5; ++i)
    all[i] = record_of(i, scopes[i]);
  all[0].spec.rules.max_output_tokens = 1;
  all[4].spec.rules.max_output_tokens = 2;
  all[4].spec.rules.max_turn_seconds = 3;
  all[4].spec.rules.max_input_chars = 3;
  EXPECT_EQ(
      resolve_with(all, 31).sources(),
      (std::vector<policy_ref>{all[0].ref, all[4].ref}));
}

/// Policies as they are set and removed, by the control stream.
class PolicyTableTest : public ::testing::Test {
protected:
  void apply(event body) {
    ++version_.value;
    now_ += std::chrono::seconds{1};
    access_.apply(
        {{version_.value}, control_stream, version_, now_, std::move(body)});
  }
  void
  set(std::uint64_t n, std::uint32_t version, policy_scope scope,
      std::string subject, std::uint32_t output_tokens,
      std::int64_t expires_us = 0) {
    policy_set e;
    e.id = policy(n);
    e.version = version;
    e.spec.scope = scope;
    e.spec.subject = std::move(subject);
    e.spec.rules.max_output_tokens = output_tokens;
    e.spec.expires_us = expires_us;
    e.by.principal = "root";
    apply(e);
  }
  void remove(std::uint64_t n) { apply(policy_removed{policy(n), {}}); }

  /// The cap that holds for a user; 0: none.
  std::uint32_t
  cap(std::string user, std::vector<std::string> groups = {},
      std::string_view agent = "a") {
    principal who;
    who.user = std::move(user);
    who.groups = std::move(groups);
    auto policy = access_.policy_for(who, agent, now_);
    return policy.output_tokens ? policy.output_tokens->value : 0;
  }
  /// The caps of those in force, the largest first.
  std::vector<std::uint32_t> versions_at(timestamp at) {
    std::vector<std::uint32_t> out;
    for (const auto& record : access_.policies_at(at, {}).value().entries)
      out.push_back(record.spec.rules.max_output_tokens.value_or(0));
    std::sort(out.rbegin(), out.rend());
    return out;
  }

  access_directory access_;
  stream_version version_;
  timestamp now_ = from_unix_us(1'780'000'000'000'000);
};

TEST_F(PolicyTableTest, APolicyHoldsForItsSubjectAlone) {
  set(1, 1, policy_scope::user, "ann", 10);
  set(2, 1, policy_scope::group, "staff", 20);
  set(3, 1, policy_scope::agent, "a", 30);
  EXPECT_EQ(cap("ann"), 10u);
  EXPECT_EQ(cap("bob"), 30u);
  EXPECT_EQ(cap("bob", {"staff"}), 20u);
  EXPECT_EQ(cap("bob", {"guests"}), 30u);
  EXPECT_EQ(cap("bob", {}, "b"), 0u);
  EXPECT_EQ(cap("staff"), 30u);
  set(4, 1, policy_scope::global, "", 40);
  EXPECT_EQ(cap("bob", {}, "b"), 40u);
}

TEST_F(PolicyTableTest, ANewVersionStandsInPlaceOfTheLast) {
  set(1, 1, policy_scope::user, "ann", 10);
  set(1, 2, policy_scope::user, "ann", 11);
  EXPECT_EQ(cap("ann"), 11u);
  auto found = access_.find_policy(policy(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ref.version, 2u);
  EXPECT_LT(found->created_at, found->updated_at);
  // Even where it is about somebody else.
  set(1, 3, policy_scope::user, "bob", 12);
  EXPECT_EQ(cap("ann"), 0u);
  EXPECT_EQ(cap("bob"), 12u);
  EXPECT_FALSE(access_.find_policy(policy_scope::user, "ann"));
}

TEST_F(PolicyTableTest, ARemovedPolicyLimitsNothing) {
  set(1, 1, policy_scope::user, "ann", 10);
  set(2, 1, policy_scope::global, "", 40);
  remove(1);
  EXPECT_EQ(cap("ann"), 40u);
  EXPECT_FALSE(access_.find_policy(policy(1)));
  remove(1);
  remove(99);
  set(1, 2, policy_scope::user, "ann", 13);
  EXPECT_EQ(cap("ann"), 13u);
}

TEST_F(PolicyTableTest, APolicyThatIsOverGivesWayToTheNextScope) {
  auto end = now_ + std::chrono::seconds{3};
  set(1, 1, policy_scope::user, "ann", 10, to_unix_us(end));
  set(2, 1, policy_scope::global, "", 40);
  EXPECT_EQ(cap("ann"), 10u);
  now_ = end - std::chrono::microseconds{1};
  EXPECT_EQ(cap("ann"), 10u);
  now_ = end;
  EXPECT_EQ(cap("ann"), 40u);
  EXPECT_EQ(versions_at(end), (std::vector<std::uint32_t>{40}));
}

TEST_F(PolicyTableTest, ThePoliciesOfAnyPastInstantCanBeTold) {
  using caps = std::vector<std::uint32_t>;
  auto start = now_;
  auto at = [start](int second) {
    return start + std::chrono::seconds{second};
  };
  set(1, 1, policy_scope::user, "ann", 10); // 1
  set(2, 1, policy_scope::global, "", 40);  // 2
  set(1, 2, policy_scope::user, "ann", 11); // 3
  remove(1);                                // 4
  set(1, 3, policy_scope::user, "ann", 12); // 5
  EXPECT_EQ(versions_at(at(0)), caps{});
  EXPECT_EQ(versions_at(at(1)), caps{10});
  EXPECT_EQ(versions_at(at(2)), (caps{40, 10}));
  EXPECT_EQ(versions_at(at(3)), (caps{40, 11}));
  EXPECT_EQ(versions_at(at(3) - std::chrono::microseconds{1}), (caps{40, 10}));
  EXPECT_EQ(versions_at(at(4)), caps{40});
  EXPECT_EQ(versions_at(at(5)), (caps{40, 12}));
  EXPECT_EQ(versions_at(at(500)), (caps{40, 12}));
}

class GroupGrantTest : public PolicyTableTest {
protected:
  grant_id grant(std::uint64_t n) { return {make_ulid(1'780'000, 2, n)}; }
  void issue(
      std::uint64_t n, std::string group, std::string agent,
      std::string capability = "chat", std::int64_t expires_us = 0) {
    apply(grant_issued{
        grant(n),
        "",
        std::move(agent),
        {std::move(capability)},
        expires_us,
        {},
        std::move(group)});
  }
  std::optional<std::string> basis(
      std::vector<std::string> groups, std::string_view agent,
      user_role role = user_role::member) {
    principal who;
    who.user = "ann";
    who.role = role;
    who.groups = std::move(groups);
    return access_.basis_for(who, agent, "chat", now_);
  }
};

TEST_F(GroupGrantTest, AGroupsGrantAllowsItsMembersAndNobodyElse) {
  issue(1, "staff", "a");
  EXPECT_EQ(basis({"staff"}, "a"), grant(1).to_string());
  EXPECT_EQ(basis({"guests", "staff"}, "a"), grant(1).to_string());
  EXPECT_EQ(basis({"guests"}, "a"), std::nullopt);
  EXPECT_EQ(basis({}, "a"), std::nullopt);
  EXPECT_EQ(basis({"staff"}, "b"), std::nullopt);
  // A group is no user of that name.
  EXPECT_TRUE(access_.grants_of("staff", {}).value().entries.empty());
  EXPECT_EQ(access_.grants_of_group("staff", {}).value().entries.size(), 1u);
}

TEST_F(GroupGrantTest, AGroupsGrantEndsAsAUsersDoes) {
  issue(1, "staff", "*");
  EXPECT_TRUE(basis({"staff"}, "a"));
  apply(grant_revoked{grant(1), "", {}, "staff"});
  EXPECT_FALSE(basis({"staff"}, "a"));
  EXPECT_TRUE(
      access_.grants_of_group("staff", {}).value().entries.at(0).revoked);
  issue(2, "staff", "a", "chat", to_unix_us(now_ + std::chrono::seconds{2}));
  EXPECT_TRUE(basis({"staff"}, "a"));
  now_ += std::chrono::seconds{2};
  EXPECT_FALSE(basis({"staff"}, "a"));
  issue(3, "staff", "a", "read");
  EXPECT_FALSE(basis({"staff"}, "a"));
}

TEST_F(GroupGrantTest, AnAuditorMayNotChatWhateverIsGranted) {
  issue(1, "staff", "a");
  apply(grant_issued{grant(2), "ann", "a", {"chat"}, 0, {}});
  EXPECT_TRUE(basis({"staff"}, "a"));
  EXPECT_FALSE(basis({"staff"}, "a", user_role::auditor));
  EXPECT_EQ(basis({}, "a", user_role::admin), "role:admin");
}

} // namespace
} // namespace hansard::test
