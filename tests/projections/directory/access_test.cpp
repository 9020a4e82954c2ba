#include "projections/directory/access.hpp"
#include "tests/projections/support.hpp"

#include <atomic>
#include <thread>

namespace hansard::test {
namespace {

using digest = std::array<std::uint8_t, 32>;

digest digest_of(std::uint8_t n) {
  digest d{};
  d.fill(n);
  return d;
}

grant_id grant(std::uint64_t n) { return {make_ulid(1'780'000, 2, n)}; }
key_id key(std::uint64_t n) { return {make_ulid(1'780'000, 3, n)}; }

class AccessTest : public ::testing::Test {
protected:
  void apply(event body) {
    ++version_.value;
    now_ += std::chrono::seconds{1};
    access_.apply(
        {{version_.value}, control_stream, version_, now_, std::move(body)});
  }

  void agent(std::string did, std::string model = "m") {
    agent_spec spec;
    spec.did = std::move(did);
    spec.model = std::move(model);
    apply(agent_registered{spec, {}});
  }
  void user(std::string did, user_role role = user_role::member) {
    apply(user_registered{std::move(did), "Name", role, {}});
  }
  void
  issue_key(std::uint8_t n, std::string user, std::int64_t expires_us = 0) {
    apply(api_key_issued{
        key(n), std::move(user), "label", digest_of(n), expires_us, {}});
  }
  void issue_grant(
      std::uint64_t n, std::string user, std::string agent,
      std::vector<std::string> capabilities = {"chat"},
      std::int64_t expires_us = 0) {
    apply(grant_issued{
        grant(n),
        std::move(user),
        std::move(agent),
        std::move(capabilities),
        expires_us,
        {}});
  }

  std::optional<std::string> basis(
      std::string user, std::string_view agent,
      std::string_view capability = "chat",
      user_role role = user_role::member) {
    return access_.basis_for(
        {std::move(user), role, {}}, agent, capability, now_);
  }

  std::vector<grant_record> grants_of(std::string_view user) {
    return access_.grants_of(user, {{}, 1000}).value().entries;
  }
  std::vector<key_record> keys_of(std::string_view user) {
    return access_.keys_of(user, {{}, 1000}).value().entries;
  }

  std::int64_t in(std::chrono::seconds time) { return to_unix_us(now_ + time); }

  access_directory access_;
  stream_version version_;
  timestamp now_ = from_unix_us(1'780'000'000'000'000);
};

TEST_F(AccessTest, AnEmptyDirectoryAllowsNothing) {
  EXPECT_TRUE(access_.empty());
  EXPECT_EQ(basis("u", "a"), std::nullopt);
  EXPECT_FALSE(access_.find_key(digest_of(0), now_));
  EXPECT_EQ(access_.find_agent("a"), nullptr);
}

TEST_F(AccessTest, AKeyTellsItsUserAndRole) {
  user("did:1", user_role::admin);
  issue_key(1, "did:1");
  auto who = access_.find_key(digest_of(1), now_);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "did:1");
  EXPECT_EQ(who->role, user_role::admin);
  EXPECT_EQ(who->key, key(1));
}

TEST_F(AccessTest, AKeyThatDiffersInItsLastByteIsUnknown) {
  user("did:1");
  issue_key(1, "did:1");
  auto near = digest_of(1);
  near.back() ^= 1;
  EXPECT_FALSE(access_.find_key(near, now_));
}

TEST_F(AccessTest, AKeyOfAnUnknownUserIsUnknown) {
  issue_key(1, "did:1");
  EXPECT_FALSE(access_.find_key(digest_of(1), now_));
  user("did:1");
  EXPECT_TRUE(access_.find_key(digest_of(1), now_));
}

TEST_F(AccessTest, AKeyEndsAtTheMomentOfItsExpiry) {
  user("did:1");
  auto end = in(std::chrono::hours{1});
  issue_key(1, "did:1", end);
  using std::chrono::microseconds;
  EXPECT_TRUE(
      access_.find_key(digest_of(1), from_unix_us(end) - microseconds{1}));
  EXPECT_FALSE(access_.find_key(digest_of(1), from_unix_us(end)));
}

TEST_F(AccessTest, AnExpiredKeyDoesNotHideAnotherOfTheSameText) {
  user("did:1");
  issue_key(1, "did:1", in(std::chrono::seconds{-1}));
  apply(api_key_issued{key(2), "did:1", "again", digest_of(1), 0, {}});
  auto who = access_.find_key(digest_of(1), now_);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->key, key(2));
}

TEST_F(AccessTest, ARoleThatChangesIsInForceAtOnce) {
  user("did:1", user_role::admin);
  issue_key(1, "did:1");
  user("did:1", user_role::member);
  EXPECT_EQ(access_.find_key(digest_of(1), now_)->role, user_role::member);
}

TEST_F(AccessTest, AnAdminIsAllowedByTheRole) {
  EXPECT_EQ(basis("root", "any", "chat", user_role::admin), "role:admin");
}

TEST_F(AccessTest, AGrantIsForItsUserAgentAndCapabilitiesAlone) {
  issue_grant(1, "u", "a", {"chat", "read"});
  EXPECT_EQ(basis("u", "a"), grant(1).to_string());
  EXPECT_EQ(basis("u", "a", "read"), grant(1).to_string());
  EXPECT_EQ(basis("u", "a", "write"), std::nullopt);
  EXPECT_EQ(basis("u", "a", ""), std::nullopt);
  EXPECT_EQ(basis("u", "a2"), std::nullopt);
  EXPECT_EQ(basis("u", ""), std::nullopt);
  EXPECT_EQ(basis("u2", "a"), std::nullopt);
  EXPECT_EQ(basis("", "a"), std::nullopt);
}

TEST_F(AccessTest, AStarIsEveryAgentAndTheOwnGrantComesFirst) {
  issue_grant(1, "u", "*");
  issue_grant(2, "u", "a");
  EXPECT_EQ(basis("u", "other"), grant(1).to_string());
  EXPECT_EQ(basis("u", "a"), grant(2).to_string());
}

TEST_F(AccessTest, ExpiredAndRevokedGrantsDoNotCount) {
  auto end = in(std::chrono::hours{1});
  issue_grant(1, "u", "a", {"chat"}, end);
  issue_grant(2, "u", "a");
  EXPECT_EQ(basis("u", "a"), grant(1).to_string());
  now_ = from_unix_us(end);
  EXPECT_EQ(basis("u", "a"), grant(2).to_string());
  apply(grant_revoked{grant(2), "u", {}});
  EXPECT_EQ(basis("u", "a"), std::nullopt);
}

TEST_F(AccessTest, ARevocationThatNamesAnotherUserStillRevokes) {
  issue_grant(1, "u", "a");
  apply(grant_revoked{grant(1), "misspelt", {}});
  EXPECT_EQ(basis("u", "a"), std::nullopt);
}

TEST_F(AccessTest, ARevocationOfAnUnknownGrantChangesNothing) {
  issue_grant(1, "u", "a");
  apply(grant_revoked{grant(2), "u", {}});
  EXPECT_EQ(basis("u", "a"), grant(1).to_string());
}

TEST_F(AccessTest, AGrantWhoseIdIsTakenIsIgnored) {
  issue_grant(1, "u", "a");
  apply(grant_revoked{grant(1), "u", {}});
  issue_grant(1, "u", "a");
  EXPECT_EQ(basis("u", "a"), std::nullopt);
  EXPECT_EQ(grants_of("u").size(), 1u);
}

TEST_F(AccessTest, GrantsAndKeysAreListedAsIssued) {
  issue_key(1, "u");
  issue_key(2, "u", in(std::chrono::hours{1}));
  issue_grant(1, "u", "b");
  issue_grant(2, "u", "a");
  apply(grant_revoked{grant(1), "u", {}});
  auto keys = keys_of("u");
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].expires_at, std::nullopt);
  EXPECT_EQ(keys[1].id, key(2));
  EXPECT_TRUE(keys[1].expires_at);
  auto grants = grants_of("u");
  ASSERT_EQ(grants.size(), 2u);
  EXPECT_EQ(grants[0].agent, "b");
  EXPECT_TRUE(grants[0].revoked);
  EXPECT_FALSE(grants[1].revoked);
  EXPECT_THAT(grants_of("nobody"), testing::IsEmpty());
  EXPECT_THAT(keys_of("nobody"), testing::IsEmpty());
}

TEST_F(AccessTest, AnAgentKeepsItsBirthdayWhenReconfigured) {
  agent("a", "old");
  auto born = access_.find_agent("a");
  agent_spec spec;
  spec.did = "a";
  spec.model = "new";
  apply(agent_reconfigured{spec, {}});
  auto now = access_.find_agent("a");
  EXPECT_EQ(now->spec.model, "new");
  EXPECT_EQ(now->version, stream_version{2});
  EXPECT_EQ(now->created_at, born->created_at);
  EXPECT_GT(now->updated_at, born->updated_at);
  // Whoever holds the record of before keeps it as it was.
  EXPECT_EQ(born->spec.model, "old");
}

TEST_F(AccessTest, ARetiredAgentIsMarkedUntilRegisteredAnew) {
  agent("a");
  apply(agent_retired{"a", {}});
  ASSERT_TRUE(access_.find_agent("a"));
  EXPECT_TRUE(access_.find_agent("a")->retired);
  agent_spec spec;
  spec.did = "a";
  apply(agent_reconfigured{spec, {}});
  EXPECT_TRUE(access_.find_agent("a")->retired);
  agent("a");
  EXPECT_FALSE(access_.find_agent("a")->retired);
  EXPECT_EQ(access_.agents({}).entries.size(), 1u);
  apply(agent_retired{"never seen", {}});
  EXPECT_EQ(access_.find_agent("never seen"), nullptr);
}

TEST_F(AccessTest, ListsAreInTheOrderOfTheDids) {
  for (auto* did : {"c", "a", "b"}) {
    user(did);
    agent(did);
  }
  std::vector<std::string> users, agents;
  for (const auto& u : access_.users({}).entries)
    users.push_back(u.user);
  for (const auto& a : access_.agents({}).entries)
    agents.push_back(a->spec.did);
  EXPECT_THAT(users, testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(agents, testing::ElementsAre("a", "b", "c"));
}

TEST_F(AccessTest, EventsOfOtherStreamsAndOldOnesAreIgnored) {
  user("u");
  recorded_event other{
      {9},
      stream_of(session(1)),
      {9},
      now_,
      user_registered{"intruder", "I", user_role::admin, {}}};
  access_.apply(other);
  EXPECT_FALSE(access_.find_user("intruder"));
  EXPECT_EQ(access_.version(), stream_version{1});
  recorded_event old{
      {1},
      control_stream,
      {1},
      now_,
      user_registered{"u", "Old", user_role::admin, {}}};
  access_.apply(old);
  EXPECT_EQ(access_.find_user("u")->role, user_role::member);
}

TEST_F(AccessTest, EventsThatItDoesNotKnowMoveItsVersion) {
  apply(unknown_event{999, 1, "?"});
  EXPECT_EQ(access_.version(), stream_version{1});
  EXPECT_TRUE(access_.empty());
}

TEST_F(AccessTest, ReadersSeeWholeEventsWhileOthersAreApplied) {
  user("u");
  std::atomic<bool> done{false};
  std::thread reader{[&] {
    while (!done)
      for (const auto& grant : grants_of("u"))
        ASSERT_EQ(grant.agent, "agent " + grant.id.to_string());
  }};
  for (std::uint64_t n = 1; n <= 300; ++n)
    issue_grant(n, "u", "agent " + grant(n).to_string());
  done = true;
  reader.join();
  EXPECT_EQ(grants_of("u").size(), 300u);
}

} // namespace
} // namespace hansard::test
