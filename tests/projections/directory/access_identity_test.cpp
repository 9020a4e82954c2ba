#include "projections/directory/access.hpp"
#include "projections/directory/token_revocations.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr scope_set only_chat = static_cast<scope_set>(scope::chat);

class AccessIdentityTest : public ::testing::Test {
protected:
  void apply(event body) {
    ++version_.value;
    access_.apply(
        {{version_.value}, control_stream, version_, now, std::move(body)});
  }
  static key_id key(std::uint64_t n) { return {make_ulid(1, 3, n)}; }
  static std::array<std::uint8_t, 32> digest(std::uint8_t n) {
    std::array<std::uint8_t, 32> d{};
    d.fill(n);
    return d;
  }
  void user(std::string did, user_role role = user_role::member) {
    apply(user_registered{std::move(did), "Name", role, {}});
  }
  void issue(std::uint8_t n, std::string did, scope_set scopes = all_scopes) {
    api_key_issued issued{key(n), std::move(did), "", digest(n), 0, {}};
    issued.scopes = scopes;
    apply(issued);
  }
  std::optional<principal> with_key(std::uint8_t n) {
    return access_.find_key(digest(n), now);
  }
  static claimed_identity claim(std::string did, std::string token = "") {
    claimed_identity who;
    who.user = std::move(did);
    who.token = std::move(token);
    who.issued_at = from_unix_us(1'000'000'000);
    return who;
  }

  access_directory access_;
  stream_version version_;
  timestamp now = from_unix_us(1'780'000'000'000'000);
};

TEST_F(AccessIdentityTest, ARevokedKeyIsUnknownAndItsNeighbourIsNot) {
  user("u");
  issue(1, "u");
  issue(2, "u");
  auto who = with_key(1).value();
  apply(api_key_revoked{key(1), "u", {}});
  EXPECT_FALSE(with_key(1));
  EXPECT_FALSE(access_.still_admits(who));
  EXPECT_TRUE(with_key(2));
  EXPECT_TRUE(access_.keys_of("u", {}).value().entries.at(0).revoked);
}

TEST_F(AccessIdentityTest, ADeactivatedUserIsRefusedUntilReactivated) {
  user("u");
  issue(1, "u");
  auto who = with_key(1).value();
  apply(user_deactivated{"u", {}});
  EXPECT_FALSE(with_key(1));
  EXPECT_FALSE(access_.find_claimed(claim("u")));
  EXPECT_FALSE(access_.still_admits(who));
  apply(user_reactivated{"u", {}});
  EXPECT_TRUE(with_key(1));
  EXPECT_TRUE(access_.still_admits(who));
}

TEST_F(AccessIdentityTest, AnotherRoleIsAnotherCaller) {
  user("u", user_role::admin);
  issue(1, "u");
  auto who = with_key(1).value();
  apply(user_changed{"u", "New", user_role::member, {}});
  EXPECT_FALSE(access_.still_admits(who));
  EXPECT_EQ(access_.find_user("u")->display_name, "New");
}

TEST_F(AccessIdentityTest, RevocationsAreCountedAndOtherEventsAreNot) {
  user("u");
  issue(1, "u");
  auto before = access_.revocations();
  user("v");
  issue(2, "v");
  with_key(1);
  apply(user_changed{"u", "New name", user_role::member, {}});
  EXPECT_EQ(access_.revocations(), before);
  apply(api_key_revoked{key(1), "u", {}});
  apply(user_deactivated{"v", {}});
  apply(tokens_revoked{"t", "", 0, {}});
  apply(user_changed{"u", "", user_role::admin, {}});
  EXPECT_EQ(access_.revocations(), before + 4);
}

TEST_F(AccessIdentityTest, TokensAreTakenBackByIdSubjectAndTime) {
  auto at = to_unix_us(claim("u").issued_at);
  auto who = access_.find_claimed(claim("u", "t")).value();
  apply(tokens_revoked{"t", "", 0, {}});
  EXPECT_FALSE(access_.find_claimed(claim("u", "t")));
  EXPECT_FALSE(access_.still_admits(who));
  EXPECT_TRUE(access_.find_claimed(claim("u", "s")));

  apply(tokens_revoked{"", "u", at, {}});
  EXPECT_TRUE(access_.find_claimed(claim("u"))) << "not before itself";
  apply(tokens_revoked{"", "u", at + 1, {}});
  EXPECT_FALSE(access_.find_claimed(claim("u")));
  apply(tokens_revoked{"", "u", at - 1, {}});
  EXPECT_FALSE(access_.find_claimed(claim("u"))) << "nothing is given back";
  EXPECT_TRUE(access_.find_claimed(claim("v")));
  apply(tokens_revoked{"", "", at + 1, {}});
  EXPECT_FALSE(access_.find_claimed(claim("v")));
}

TEST_F(AccessIdentityTest, TheRegistryKnowsBetterThanTheClaim) {
  auto claimed = claim("u");
  claimed.role = user_role::admin;
  EXPECT_EQ(access_.find_claimed(claimed)->role, user_role::admin);
  user("u", user_role::member);
  EXPECT_EQ(access_.find_claimed(claimed)->role, user_role::member);
}

TEST_F(AccessIdentityTest, ScopesNarrowTheRole) {
  using enum user_role;
  const auto read = static_cast<scope_set>(scope::read);
  EXPECT_EQ(role_within(admin, all_scopes), admin);
  EXPECT_EQ(role_within(admin, scope::chat | scope::read), member);
  EXPECT_EQ(role_within(admin, scope::audit | scope::read), auditor);
  EXPECT_EQ(role_within(admin, scope::audit | scope::chat), member);
  EXPECT_EQ(role_within(auditor, read), auditor);
  EXPECT_EQ(role_within(member, all_scopes), member);
  user("u", admin);
  issue(1, "u", only_chat);
  auto who = with_key(1).value();
  EXPECT_EQ(who.role, member);
  EXPECT_TRUE(who.has(scope::chat));
  EXPECT_FALSE(who.has(scope::read));
  EXPECT_TRUE(access_.still_admits(who));
}

TEST_F(AccessIdentityTest, TheUseOfAKeyIsRecordedOnceADay) {
  user("u");
  issue(1, "u");
  EXPECT_TRUE(access_.unrecorded_uses(10).empty());
  with_key(1);
  auto uses = access_.unrecorded_uses(10);
  ASSERT_EQ(uses.size(), 1u);
  EXPECT_EQ(uses[0].at_us, to_unix_us(now));
  apply(api_keys_used{uses});
  now += hours{24} - seconds{1};
  with_key(1);
  EXPECT_TRUE(access_.unrecorded_uses(10).empty());
  EXPECT_EQ(access_.keys_of("u", {}).value().entries.at(0).last_used_at, now);
  now += seconds{1};
  with_key(1);
  EXPECT_EQ(access_.unrecorded_uses(10).size(), 1u);
}

TEST_F(AccessIdentityTest, ARecordedUseIsThereAfterARestart) {
  user("u");
  issue(1, "u");
  apply(api_keys_used{{{key(1), to_unix_us(now)}, {key(9), 5}}});
  EXPECT_EQ(access_.keys_of("u", {}).value().entries.at(0).last_used_at, now);
}

TEST_F(AccessIdentityTest, NoMoreUsesThanAskedForComeAtOnce) {
  user("u");
  for (std::uint8_t n = 1; n <= 5; ++n) {
    issue(n, "u");
    with_key(n);
  }
  EXPECT_EQ(access_.unrecorded_uses(3).size(), 3u);
}

TEST(TokenRevocationsTest, EverybodysTokensCanBeRevokedWhenNothingElseCan) {
  EXPECT_TRUE(token_revocations::takes_room({"t", "", 0, {}}));
  EXPECT_TRUE(token_revocations::takes_room({"", "u", 1, {}}));
  EXPECT_FALSE(token_revocations::takes_room({"", "", 1, {}}));
  token_revocations all;
  all.fold({"", "", 1, {}});
  all.fold({"", "", 2, {}});
  EXPECT_EQ(all.entries(), 0u);
}

} // namespace
} // namespace hansard::test
