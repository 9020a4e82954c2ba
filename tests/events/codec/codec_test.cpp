#include "events/codec/codec.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

namespace hansard::test {

namespace {

constexpr int rounds = 400;

TEST(CodecTest, EveryTypeComesBackAsItWasWritten) {
  for (int round = 0; round < rounds; ++round) {
    random_source source{base_seed() + round};
    for (std::size_t kind = 1; kind < event_kinds; ++kind) {
      auto e = random_event(source, kind);
      std::string bytes;
      encode(e, bytes);
      auto read = decode(type_of(e), schema_of(e), bytes);
      ASSERT_TRUE(read) << name_of(e) << ", round " << round;
      ASSERT_EQ(*read, e) << name_of(e) << ", round " << round;
    }
  }
}

TEST(CodecTest, EncodeAppendsAndLeavesWhatStandsInFront) {
  event e = title_changed{"x", {"did:u:1", "req"}};
  std::string alone;
  encode(e, alone);
  std::string behind = "in front";
  encode(e, behind);
  EXPECT_EQ(behind, "in front" + alone);
}

TEST(CodecTest, AnEmptyTextAndTheLargestNumberSurvive) {
  event e = client_detached{{}, {}, {~std::uint64_t{0}}, ""};
  std::string bytes;
  encode(e, bytes);
  EXPECT_EQ(*decode(client_detached::type, 1, bytes), e);
}

TEST(CodecTest, ATokenCostsTwoBytesBesideItsText) {
  std::string bytes;
  encode(token_generated{token_channel::answer, " token"}, bytes);
  EXPECT_EQ(bytes.size(), 2 + 6u);
}

TEST(CodecTest, ATypeThatNobodyKnowsPassesThroughUnread) {
  random_source source{base_seed()};
  for (std::uint16_t type : {0, 16, 63, 71, 1000, 65535}) {
    auto payload = source.bytes(200);
    auto read = decode(type, 3, payload);
    ASSERT_TRUE(read) << type;
    EXPECT_EQ(*read, (event{unknown_event{type, 3, payload}}));
    EXPECT_EQ(type_of(*read), type);
    EXPECT_EQ(schema_of(*read), 3);
    EXPECT_EQ(name_of(*read), "unknown");
    std::string again;
    encode(*read, again);
    EXPECT_EQ(again, payload);
  }
}

TEST(CodecTest, ASchemaThatWasNeverReleasedPassesThroughUnread) {
  random_source source{base_seed()};
  for (std::size_t kind = 1; kind < event_kinds; ++kind) {
    auto e = random_event(source, kind);
    auto newer = static_cast<std::uint16_t>(schema_of(e) + 1);
    for (std::uint16_t schema :
         {std::uint16_t{0}, newer, std::uint16_t{65535}}) {
      auto payload = source.bytes(50);
      auto read = decode(type_of(e), schema, payload);
      ASSERT_TRUE(read) << name_of(e);
      EXPECT_EQ(*read, (event{unknown_event{type_of(e), schema, payload}}));
      std::string again;
      encode(*read, again);
      EXPECT_EQ(again, payload);
    }
  }
}

TEST(CodecTest, OnlyAnAdmissionOpensATurnAndOnlyTheFourEndingsEndIt) {
  random_source source{base_seed()};
  std::vector<std::string_view> opening;
  std::vector<std::string_view> ending;
  for (std::size_t kind = 1; kind < event_kinds; ++kind) {
    auto e = random_event(source, kind);
    if (opens_turn(e))
      opening.push_back(name_of(e));
    if (ends_turn(e))
      ending.push_back(name_of(e));
  }
  EXPECT_EQ(opening, (std::vector<std::string_view>{"turn_admitted"}));
  EXPECT_EQ(
      ending, (std::vector<std::string_view>{
                  "generation_completed", "generation_failed",
                  "generation_cancelled", "generation_interrupted"}));
  EXPECT_FALSE(opens_turn(unknown_event{3, 9, ""}));
  EXPECT_FALSE(ends_turn(unknown_event{8, 9, ""}));
}

} // namespace

} // namespace hansard::test
