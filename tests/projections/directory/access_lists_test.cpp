#include "projections/directory/access.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AccessListsTest : public ::testing::Test {
protected:
  void apply(event body) {
    ++version_.value;
    now_ += std::chrono::seconds{1};
    access_.apply(
        {{version_.value}, control_stream, version_, now_, std::move(body)});
  }
  void user(const std::string& did, const std::string& name = "Name") {
    apply(user_registered{did, name, user_role::member, {}});
  }
  void grant(std::uint64_t n, std::string user, std::string group = "") {
    grant_issued issued;
    issued.id = grant_of(n);
    issued.user = std::move(user);
    issued.group = std::move(group);
    issued.agent = "agent-" + std::to_string(n);
    apply(issued);
  }
  static grant_id grant_of(std::uint64_t n) { return {make_ulid(1, 2, n)}; }
  static policy_id policy_of(std::uint64_t n) { return {make_ulid(1, 4, n)}; }
  void policy(std::uint64_t n, policy_scope scope, std::string subject) {
    policy_set set;
    set.id = policy_of(n);
    set.version = 1;
    set.spec.scope = scope;
    set.spec.subject = std::move(subject);
    apply(set);
  }

  static std::shared_ptr<const text_filter> part(std::string_view text) {
    return text_filter::make(text).value();
  }

  /// All pages of users one behind the other, by pages of `limit`.
  std::vector<std::string>
  walk(std::size_t limit, std::string_view q = "", bool change = false) {
    std::vector<std::string> seen;
    list_query query{{}, limit, q.empty() ? nullptr : part(q)};
    do {
      auto page = access_.users(query);
      EXPECT_LE(page.entries.size(), limit);
      for (const auto& one : page.entries)
        seen.push_back(one.user);
      query.after = page.next;
      if (change)
        user("a" + std::to_string(seen.size()));
    } while (!query.after.empty());
    return seen;
  }

  access_directory access_;
  stream_version version_;
  timestamp now_ = from_unix_us(1'780'000'000'000'000);
};

TEST_F(AccessListsTest, PagesHoldEachUserOnceInOrder) {
  for (auto* did : {"d", "b", "e", "a", "c"})
    user(did);
  for (std::size_t limit : {1, 2, 3, 4, 5, 6})
    EXPECT_THAT(walk(limit), ElementsAre("a", "b", "c", "d", "e")) << limit;
}

TEST_F(AccessListsTest, TheLastPageSaysThatItIs) {
  user("a");
  user("b");
  EXPECT_EQ(access_.users({{}, 2}).next, "");
  EXPECT_EQ(access_.users({{}, 1}).next, "a");
  EXPECT_EQ(access_.users({"b", 1}).next, "");
  EXPECT_THAT(access_.users({"b", 1}).entries, IsEmpty());
}

TEST_F(AccessListsTest, WhatComesBetweenPagesMovesNothing) {
  for (auto* did : {"b", "c", "d", "e"})
    user(did);
  EXPECT_THAT(walk(1, "", true), ElementsAre("b", "c", "d", "e"));
}

TEST_F(AccessListsTest, AFilterLooksAtIdsAndNames) {
  user("did:1", "Ann");
  user("did:2", "Bob");
  user("did:ann", "Carl");
  EXPECT_THAT(walk(10, "ANN"), ElementsAre("did:1", "did:ann"));
  EXPECT_THAT(walk(1, "ann"), ElementsAre("did:1", "did:ann"));
  EXPECT_THAT(walk(10, "nobody"), IsEmpty());
}

TEST_F(AccessListsTest, ARareEntryOfManyIsFoundInBoundedPages) {
  const std::size_t many = max_entries_looked_at + 300;
  for (std::size_t n = 0; n < many; ++n)
    user(std::to_string(1'000'000 + n));
  auto last = std::to_string(1'000'000 + many - 1);
  auto first = access_.users({{}, 50, part(last)});
  EXPECT_THAT(first.entries, IsEmpty());
  EXPECT_EQ(first.next, std::to_string(1'000'000 + max_entries_looked_at - 1));
  EXPECT_THAT(walk(50, last), ElementsAre(last));
}

TEST_F(AccessListsTest, GrantsAndKeysComeInTheOrderInWhichTheyWereIssued) {
  user("u");
  // Ids that a clock set back would make.
  for (std::uint64_t n : {3, 1, 2})
    grant(n, "u");
  std::vector<std::string> agents;
  list_query query{{}, 1};
  do {
    auto page = access_.grants_of("u", query).value();
    for (const auto& one : page.entries)
      agents.push_back(one.agent);
    query.after = page.next;
  } while (!query.after.empty());
  EXPECT_THAT(agents, ElementsAre("agent-3", "agent-1", "agent-2"));
}

TEST_F(AccessListsTest, APlaceInAnothersListIsNone) {
  grant(1, "u");
  grant(2, "v");
  auto other = grant_of(2).to_string();
  EXPECT_FALSE(access_.grants_of("u", {other, 1}));
  EXPECT_FALSE(access_.grants_of("nobody", {other, 1}));
  EXPECT_FALSE(access_.grants_of("u", {"nonsense", 1}));
  EXPECT_FALSE(access_.keys_of("u", {"nonsense", 1}));
  EXPECT_FALSE(access_.policies_at(now_, {"nonsense", 1}));
  EXPECT_TRUE(access_.grants_of("v", {other, 1}));
}

TEST_F(AccessListsTest, GroupsAreThoseWithGrantsOrAPolicy) {
  grant(1, "", "staff");
  grant(2, "", "staff");
  grant(3, "", "guests");
  apply(grant_revoked{grant_of(2), "", {}, "staff"});
  policy(1, policy_scope::group, "staff");
  policy(2, policy_scope::group, "interns");
  policy(3, policy_scope::user, "zoe");
  std::vector<std::string> told;
  list_query query{{}, 1};
  do {
    auto page = access_.groups(query);
    for (const auto& one : page.entries)
      told.push_back(
          one.name + ' ' + std::to_string(one.grants) + ' '
          + (one.policy ? one.policy->to_string() : "-"));
    query.after = page.next;
  } while (!query.after.empty());
  EXPECT_THAT(
      told, ElementsAre(
                "guests 1 -", "interns 0 " + policy_of(2).to_string(),
                "staff 1 " + policy_of(1).to_string()));
}

TEST_F(AccessListsTest, PoliciesOfOneInstantArePagedByTheirIds) {
  policy(2, policy_scope::user, "b");
  policy(1, policy_scope::user, "a");
  auto then = now_;
  policy(3, policy_scope::user, "c");
  std::vector<std::string> subjects;
  list_query query{{}, 1};
  do {
    auto page = access_.policies_at(then, query).value();
    for (const auto& one : page.entries)
      subjects.push_back(one.spec.subject);
    query.after = page.next;
  } while (!query.after.empty());
  EXPECT_THAT(subjects, ElementsAre("a", "b"));
}

TEST_F(AccessListsTest, ActiveAdminsAreCounted) {
  EXPECT_EQ(access_.active_admins(), 0u);
  apply(user_registered{"a", "", user_role::admin, {}});
  apply(user_registered{"b", "", user_role::admin, {}});
  EXPECT_EQ(access_.active_admins(), 2u);
  apply(user_deactivated{"a", {}});
  apply(user_deactivated{"a", {}});
  EXPECT_EQ(access_.active_admins(), 1u);
  apply(user_changed{"a", "", user_role::member, {}});
  apply(user_reactivated{"a", {}});
  EXPECT_EQ(access_.active_admins(), 1u);
  apply(user_changed{"a", "", user_role::admin, {}});
  EXPECT_EQ(access_.active_admins(), 2u);
}

} // namespace
} // namespace hansard::test
