#include "http/text/body.hpp"

#include <gtest/gtest.h>

namespace hansard {
namespace {

struct order {
  std::string item;
  bool wrapped = false;
  std::optional<std::string> note;
  std::optional<std::uint32_t> count;
};

constexpr std::array order_members{
    member<&order::item, printable<5>>("item").needed(),
    member<&order::wrapped>("wrapped").or_null(),
    member<&order::note, printable_or_empty<5>>("note"),
    member<&order::count>("count"),
};

result<order> read(std::string text, std::string_view inside = {}) {
  EXPECT_TRUE(check_json(text)) << text;
  order out;
  if (auto done = read_members(json_view{text}, order_members, out, inside);
      !done)
    return done.error();
  return out;
}

std::string refusal(const std::string& text, std::string_view inside = {}) {
  auto done = read(text, inside);
  if (done)
    return "read";
  EXPECT_EQ(done.error().code, ec::invalid_request);
  return done.error().message;
}

TEST(BodyTest, MembersAreReadIntoTheirFields) {
  auto all = read(R"({"item":"a","wrapped":true,"note":"","count":7})");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->item, "a");
  EXPECT_TRUE(all->wrapped);
  EXPECT_EQ(all->note, "");
  EXPECT_EQ(all->count, 7u);
}

TEST(BodyTest, WhatIsAbsentKeepsItsValue) {
  auto least = read(R"({"item":"a","wrapped":null})");
  ASSERT_TRUE(least);
  EXPECT_FALSE(least->wrapped);
  EXPECT_FALSE(least->note);
  EXPECT_FALSE(least->count);
}

TEST(BodyTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(refusal("{}"), "item: is missing.");
  EXPECT_EQ(refusal(R"({"item":null})"), "item: must be a string.");
  EXPECT_EQ(
      refusal(R"({"item":"123456"})"),
      "item: must be 1 to 5 printable characters.");
  EXPECT_EQ(
      refusal(R"({"item":"a","note":"123456"})"),
      "note: must be at most 5 printable characters.");
  EXPECT_EQ(
      refusal(R"({"item":7})", "rules[2]."),
      "rules[2].item: must be a string.");
}

TEST(BodyTest, WhatIsNotKnownIsRefusedWithTheNameThatWasMeant) {
  EXPECT_EQ(
      refusal(R"({"item":"a","warpped":true})"),
      R"(warpped: is not known; did you mean "wrapped"?)");
  EXPECT_EQ(
      refusal(R"({"item":"a","colour":1})", "rules[2]."),
      "rules[2].colour: is not known.");
  EXPECT_EQ(refusal(R"({"\u0069tem":"a"})"), "read");
}

TEST(BodyTest, ALongNameIsCut) {
  auto said = refusal("{\"" + std::string(1000, 'x') + "\":1}");
  EXPECT_EQ(said, std::string(64, 'x') + ": is not known.");
}

TEST(BodyTest, TheTableListsItsMembers) {
  auto members = members_of<order_members>();
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].name, "item");
  EXPECT_TRUE(members[0].required);
  EXPECT_EQ(members[3].name, "count");
  EXPECT_FALSE(members[3].required);
}

} // namespace
} // namespace hansard
