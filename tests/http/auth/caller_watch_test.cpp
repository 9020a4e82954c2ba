#include "http/auth/caller_watch.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

using std::chrono::seconds;

class CallerWatchTest : public ::testing::Test {
protected:
  CallerWatchTest() { apply(user_registered{"u", "", user_role::member, {}}); }
  void apply(event body) {
    ++version_.value;
    access_.apply(
        {{version_.value}, control_stream, version_, now, std::move(body)});
  }
  static grant_id grant_of(std::uint64_t n) { return {make_ulid(1, 2, n)}; }
  void grant(
      std::uint64_t n, std::string agent = "a",
      std::optional<timestamp> ends = {}, std::string group = "") {
    grant_issued issued;
    issued.id = grant_of(n);
    issued.user = group.empty() ? "u" : "";
    issued.group = std::move(group);
    issued.agent = std::move(agent);
    issued.capabilities = {"chat"};
    issued.expires_us = ends ? to_unix_us(*ends) : 0;
    apply(issued);
  }
  void revoke(std::uint64_t n) { apply(grant_revoked{grant_of(n), "", {}}); }

  principal token(std::optional<timestamp> ends = {}) {
    claimed_identity claimed;
    claimed.user = "u";
    claimed.groups = {"staff"};
    claimed.expires_at = ends;
    return access_.find_claimed(claimed).value();
  }
  principal key(std::optional<timestamp> ends = {}) {
    api_key_issued issued;
    issued.id = {make_ulid(1, 3, 1)};
    issued.user = "u";
    issued.expires_us = ends ? to_unix_us(*ends) : 0;
    apply(issued);
    return access_.find_key(issued.sha256, now).value();
  }
  void begin(principal who, std::string agent = "") {
    watch_.begin(std::move(who), access_.revocations(), std::move(agent));
  }
  /// ec::none: it goes on.
  ec end(seconds later = seconds{0}) {
    auto why = watch_.find_end(access_, now + later);
    return why ? why->code : ec::none;
  }

  access_directory access_;
  stream_version version_;
  timestamp now = from_unix_us(1'780'000'000'000'000);
  caller_watch watch_;
};

TEST_F(CallerWatchTest, AKeyThatIsOverEndsIt) {
  begin(key(now + seconds{5}));
  EXPECT_EQ(end(), ec::none);
  EXPECT_EQ(end(seconds{4}), ec::none);
  EXPECT_EQ(end(seconds{5}), ec::unauthenticated);
}

TEST_F(CallerWatchTest, ATokenThatIsOverEndsIt) {
  begin(token(now + seconds{5}));
  EXPECT_EQ(end(seconds{4}), ec::none);
  EXPECT_EQ(end(seconds{5}), ec::unauthenticated);
}

TEST_F(CallerWatchTest, WhatHasNoEndGoesOn) {
  begin(key());
  EXPECT_EQ(end(seconds{1'000'000'000}), ec::none);
}

TEST_F(CallerWatchTest, ARevokedGrantEndsWhatItAllowed) {
  grant(1);
  begin(token(), "a");
  EXPECT_EQ(end(), ec::none);
  revoke(1);
  EXPECT_EQ(end(), ec::forbidden);
}

TEST_F(CallerWatchTest, AGrantThatIsOverEndsWhatItAllowed) {
  grant(1, "a", now + seconds{5});
  begin(token(), "a");
  EXPECT_EQ(end(seconds{4}), ec::none);
  EXPECT_EQ(end(seconds{5}), ec::forbidden);
}

TEST_F(CallerWatchTest, AnotherGrantTakesTheLostOnesPlace) {
  grant(1, "a", now + seconds{5});
  grant(2, "*", now + seconds{9});
  grant(3, "a", std::nullopt, "staff");
  begin(token(), "a");
  EXPECT_EQ(end(seconds{6}), ec::none);
  revoke(2);
  EXPECT_EQ(end(seconds{20}), ec::none);
  revoke(3);
  EXPECT_EQ(end(seconds{20}), ec::forbidden);
}

TEST_F(CallerWatchTest, GrantsOfOthersAndForOthersDoNotCount) {
  grant(1, "a");
  grant(2, "b");
  begin(token(), "a");
  revoke(2);
  EXPECT_EQ(end(), ec::none);
  begin(token(), "b");
  EXPECT_EQ(end(), ec::forbidden);
}

TEST_F(CallerWatchTest, WhatTakesNoGrantIsNotEndedByItsLoss) {
  grant(1);
  begin(token());
  revoke(1);
  EXPECT_EQ(end(), ec::none);
}

TEST_F(CallerWatchTest, NobodyIsWatchedAfterTheEnd) {
  begin(token(now));
  watch_.end();
  EXPECT_EQ(end(seconds{5}), ec::none);
}

} // namespace
} // namespace hansard::test
