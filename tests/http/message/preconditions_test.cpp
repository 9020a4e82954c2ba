#include "http/message/preconditions.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

/// Empty: the field is not there.
tag_list read(std::string_view value) {
  return value.empty() ? tag_list{} : read_tags(value, "If-Match").value();
}

TEST(EntityTagsTest, AListOfTagsIsRead) {
  auto tags = read(R"( "a" , W/"b",, "c,d" ,"" )");
  EXPECT_TRUE(tags.given);
  EXPECT_FALSE(tags.any);
  std::vector<entity_tag> expected{
      {"a", false}, {"b", true}, {"c,d", false}, {"", false}};
  EXPECT_EQ(tags.tags, expected);
  EXPECT_TRUE(read("*").any);
  EXPECT_TRUE(read("* ").any);
}

TEST(EntityTagsTest, WhatIsNoListIsRefused) {
  for (std::string_view bad :
       {"", " ", "a", "\"a", "a\"", "\"a\" \"b\"", "w/\"a\"", "W/a", "W/ \"a\"",
        "*, \"a\"", "\"a\", *", "\"a b\"", "\"a\tb\"", "\"\x7f\"", "**"})
    EXPECT_FALSE(read_tags(bad, "If-Match")) << bad;
  std::string many = "\"a\"";
  for (std::size_t i = 1; i < max_entity_tags; ++i)
    many += ",\"a\"";
  EXPECT_TRUE(read_tags(many, "If-Match"));
  EXPECT_FALSE(read_tags(many + ",\"a\"", "If-Match"));
}

// RFC 9110 §8.8.3.2, the table of its examples.
TEST(EntityTagsTest, StrongAndWeakComparisonAreThoseOfTheStandard) {
  EXPECT_FALSE(read(R"(W/"1")").has_strong("1"));
  EXPECT_TRUE(read(R"(W/"1")").has_weak("1"));
  EXPECT_FALSE(read(R"(W/"2")").has_weak("1"));
  EXPECT_TRUE(read(R"("1")").has_strong("1"));
  EXPECT_TRUE(read(R"("1")").has_weak("1"));
}

TEST(PreconditionTest, EachFieldIsWhatTheStandardSays) {
  auto met = [](std::string_view match, std::string_view none_match,
                std::string_view current) {
    return precondition{read(match), read(none_match)}
        .check(current)
        .has_value();
  };
  EXPECT_TRUE(met("", "", "1"));
  EXPECT_TRUE(met("", "", ""));
  EXPECT_TRUE(met("\"0\", \"1\"", "", "1"));
  EXPECT_FALSE(met("\"0\"", "", "1"));
  EXPECT_FALSE(met("W/\"1\"", "", "1"));
  EXPECT_TRUE(met("*", "", "1"));
  EXPECT_FALSE(met("*", "", ""));
  EXPECT_FALSE(met("\"\"", "", ""));
  EXPECT_FALSE(met("", "*", "1"));
  EXPECT_TRUE(met("", "*", ""));
  EXPECT_FALSE(met("", "W/\"1\"", "1"));
  EXPECT_TRUE(met("", "\"2\"", "1"));
  EXPECT_FALSE(met("\"1\"", "\"1\"", "1"));
}

TEST(PreconditionTest, ARefusalTellsTheVersionThatIsThere) {
  auto refused = precondition{read("\"0\""), {}}.check("1").error();
  EXPECT_EQ(refused.code, ec::precondition_failed);
  ASSERT_EQ(refused.details.size(), 1u);
  EXPECT_EQ(refused.details[0].second, "\"1\"");
}

} // namespace
} // namespace hansard::test
