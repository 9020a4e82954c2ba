#include "events/text/json_text.hpp"
#include "tests/events/codec/random_events.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard::test {

namespace {

namespace json = boost::json;

std::string json_string_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string parsed_string(const std::string& text) {
  auto value = json::parse(text);
  return {value.get_string().data(), value.get_string().size()};
}

TEST(JsonTextTest, EveryByteOfAsciiIsReadBackByAParser) {
  for (int c = 0; c < 128; ++c) {
    std::string text = {'a', static_cast<char>(c), 'b'};
    ASSERT_EQ(parsed_string(json_string_of(text)), text) << c;
  }
}

TEST(JsonTextTest, AControlCharacterNeverGoesOutAsItIs) {
  for (int c = 0; c < 0x20; ++c) {
    auto text = json_string_of(std::string(1, static_cast<char>(c)));
    EXPECT_EQ(text[1], '\\') << c;
    for (auto out : text)
      EXPECT_GE(out, 0x20) << c;
  }
}

TEST(JsonTextTest, OnlyWhatMustBeEscapedIs) {
  EXPECT_EQ(json_string_of("a/<é\u2028🙂\x7f"), "\"a/<é\u2028🙂\x7f\"");
  EXPECT_EQ(json_string_of("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(
      json_string_of(std::string_view("\0\b\x1f", 3)),
      R"("\u0000\u0008\u001f")");
  EXPECT_EQ(json_string_of(""), "\"\"");
}

TEST(JsonTextTest, RandomTextIsReadBackByAParser) {
  for (int round = 0; round < 3000; ++round) {
    random_source source{base_seed() + round};
    auto text = source.text(100);
    ASSERT_EQ(parsed_string(json_string_of(text)), text) << "round " << round;
  }
}

TEST(JsonTextTest, AppendLeavesWhatStandsInFront) {
  std::string out = "in front";
  append_json_string(out, "x");
  EXPECT_EQ(out, "in front\"x\"");
}

TEST(JsonObjectWriterTest, MembersStandInTheOrderOfTheCalls) {
  std::string out = ">";
  json_object_writer object{out};
  object.text("text", "a\"b")
      .number("largest", ~std::uint64_t{0})
      .number("zero", 0)
      .boolean("yes", true)
      .boolean("no", false)
      .raw("raw", "[1, 2]")
      .close();
  EXPECT_EQ(
      out, R"(>{"text":"a\"b","largest":18446744073709551615,"zero":0,)"
           R"("yes":true,"no":false,"raw":[1, 2]})");
}

TEST(JsonObjectWriterTest, AnObjectWithoutMembersIsEmpty) {
  std::string out;
  json_object_writer{out}.close();
  EXPECT_EQ(out, "{}");
}

TEST(JsonObjectWriterTest, NamesAreEscapedToo) {
  std::string out;
  json_object_writer{out}.text("a\n\"", "").close();
  EXPECT_EQ(out, R"({"a\n\"":""})");
}

TEST(JsonArrayWriterTest, ElementsHaveCommasBetweenThemAlone) {
  std::string out = "[";
  json_array_writer array{out};
  array.text("");
  array.next() += "1";
  json_object_writer{array.next()}.close();
  array.close();
  EXPECT_EQ(out, R"([["",1,{}])");
}

TEST(JsonArrayWriterTest, AnEmptyRangeIsAnEmptyArray) {
  EXPECT_EQ(texts_json(std::vector<std::string>{}), "[]");
  EXPECT_EQ(texts_json(std::vector<std::string>{"a", "\""}), R"(["a","\""])");
}

} // namespace

} // namespace hansard::test
