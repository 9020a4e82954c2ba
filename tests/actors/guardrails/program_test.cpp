#include "actors/guardrails/pattern.hpp"
#include "actors/guardrails/program.hpp"
#include "tests/actors/guardrails/fixture.hpp"
#include "tests/support/random.hpp"

#include <gmock/gmock.h>
#include <re2/re2.h>

#include <chrono>

namespace hansard::test {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A pattern, and what texts near its matches are made of.
struct sample {
  const char* pattern;
  std::vector<std::string> pieces;
};

const sample samples[] = {
    {"abc", {"a", "b", "c", "abc"}},
    {"a|ab|abc", {"a", "b", "c"}},
    {"a(?:b|cd)*e", {"a", "b", "cd", "e"}},
    {"(?i)Secret[- ]?key", {"secret", "SECRET", "-", " ", "KEY", "key"}},
    {R"(\bproject (?:alpha|beta)\b)", {"project", " ", "alpha", "beta"}},
    {"x{2,4}y?z+", {"x", "xx", "y", "z"}},
    {"[^ab]{3}c", {"é", "x", "\n", "a", "c"}},
    {"(a+b){1,3}!", {"a", "b", "ab", "!"}},
    {R"(\d{3}-\d{2}(?:-\d{4})?)", {"123", "12", "1234", "-"}},
    {"é+[ü-ÿ]ß", {"é", "ü", "ß"}},
    {"a.c$", {"a", "c", "€"}},
    {"(?P<name>q(?:r(?:s|t)){2})", {"q", "r", "s", "rt"}},
    {R"(\x{1F600}\.+)", {"\xF0\x9F\x98\x80", "."}},
    {"(?s:a.b)", {"a", "\n", "b"}},
    {"a{b", {"a", "{", "b"}},
    {"[]a]+[[:digit:]]", {"]", "a", "7"}},
    {R"((?:ab?)*c)", {"a", "b", "c"}},
    {R"(a\b-?\B-b|\Aab\z)", {"a", "-", "b"}},
    {"(?i:K)s(?-i:x)", {"k", "\u212a", "K", "s", "x"}},
};

std::string near(chooser& choose, const sample& at) {
  std::string out;
  for (auto left = 1 + choose.below(7); left > 0; --left)
    out += at.pieces[choose.below(at.pieces.size())];
  return out;
}

TEST(GuardPatternTest, EveryProperPrefixOfAMatchIsKnownAsOne) {
  auto seed = seed_or(7);
  SCOPED_TRACE(seed);
  chooser choose{seed};
  for (const auto& at : samples) {
    SCOPED_TRACE(at.pattern);
    auto shape = analyse_pattern(at.pattern);
    ASSERT_TRUE(shape) << shape.error().message;
    re2::RE2 whole{at.pattern, re2::RE2::Quiet};
    re2::RE2 prefixes{"(?:" + shape->prefixes + ")", re2::RE2::Quiet};
    ASSERT_TRUE(prefixes.ok()) << prefixes.error();
    int matches = 0;
    for (int i = 0; i < 3000; ++i) {
      auto text = near(choose, at);
      if (!re2::RE2::FullMatch(text, whole))
        continue;
      ++matches;
      EXPECT_GE(text.size(), shape->shortest);
      EXPECT_LE(text.size(), shape->longest.value_or(text.size()));
      for (std::size_t end = 0; end < text.size(); ++end) {
        if ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
          continue;
        EXPECT_TRUE(re2::RE2::FullMatch(text.substr(0, end), prefixes))
            << text << ' ' << end << ' ' << shape->prefixes;
      }
    }
    EXPECT_GT(matches, 0);
  }
}

TEST(GuardPatternTest, WhatCanNotFollowIsNotAPrefix) {
  auto shape = analyse_pattern("ab[0-9]{2}");
  ASSERT_TRUE(shape);
  re2::RE2 prefixes{shape->prefixes, re2::RE2::Quiet};
  EXPECT_TRUE(re2::RE2::FullMatch("ab1", prefixes));
  EXPECT_FALSE(re2::RE2::FullMatch("ab12", prefixes)) << "nothing can follow";
  EXPECT_FALSE(re2::RE2::FullMatch("ax", prefixes));
  EXPECT_FALSE(re2::RE2::FullMatch("b", prefixes));
}

TEST(GuardPatternTest, BoundsAreThoseOfTheStructure) {
  EXPECT_EQ(analyse_pattern("abc")->longest, 3u);
  EXPECT_EQ(analyse_pattern("a{2,5}(?:bc)?")->longest, 7u);
  EXPECT_EQ(analyse_pattern("é.")->longest, 6u);
  EXPECT_EQ(analyse_pattern("a*")->longest, std::nullopt);
  EXPECT_EQ(analyse_pattern("a*|b")->shortest, 0u);
}

TEST(GuardRuleTest, WhatCanNotWorkIsRefusedWhenItIsSet) {
  auto refusal = [](guardrail_spec rule) {
    auto checked = check_rule(rule);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(refusal(look_for("r", "a+b")), "");
  EXPECT_EQ(refusal(detect("r", {"email", "card"})), "");
  EXPECT_THAT(refusal(look_for("", "a")), HasSubstr("name"));
  EXPECT_THAT(refusal(look_for("a\nb", "a")), HasSubstr("name"));
  EXPECT_THAT(refusal(guardrail_spec{}), HasSubstr("name"));
  EXPECT_THAT(refusal(look_for("r", "(")), HasSubstr("patterns[0]"));
  EXPECT_THAT(refusal(look_for("r", "a*")), HasSubstr("empty"));
  EXPECT_THAT(refusal(look_for("r", R"(\b)")), HasSubstr("empty"));
  EXPECT_THAT(refusal(look_for("r", R"(a\C)")), HasSubstr("patterns[0]"));
  EXPECT_THAT(refusal(look_for("r", "a(?i)b")), HasSubstr("patterns[0]"));
  EXPECT_THAT(refusal(look_for("r", "(a)\\1")), HasSubstr("patterns[0]"));
  EXPECT_THAT(refusal(look_for("r", "a(?=b)")), HasSubstr("patterns[0]"));
  EXPECT_THAT(refusal(detect("r", {"shoes"})), HasSubstr("detectors[0]"));
  EXPECT_THAT(
      refusal(look_for("r", "a+", guard_action::mask, 5000)),
      HasSubstr("longestMatch"));
  EXPECT_THAT(
      refusal(look_for("r", std::string(1025, 'a'))), HasSubstr("1024"));
  guardrail_spec bare;
  bare.name = "r";
  EXPECT_THAT(refusal(bare), HasSubstr("needs a pattern"));
}

TEST(GuardRuleTest, AHugePatternIsRefusedAndQuickly) {
  auto begin = std::chrono::steady_clock::now();
  for (auto* pattern :
       {R"((?:\pL{1,100}){1,100})", R"(((((\pL{9}){9}){9}){9}){9})",
        R"((?:(?:(?:\pL{100}){10}x){10}))", "(?:a{1000}){1000}"})
    EXPECT_FALSE(check_rule(look_for("r", pattern))) << pattern;
  auto nested = std::string(200, '(') + "a" + std::string(200, ')');
  EXPECT_FALSE(check_rule(look_for("r", nested)));
  EXPECT_TRUE(check_rule(look_for("r", std::string(1024, 'a'))))
      << "long is not huge";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{20});
}

TEST(GuardProgramTest, TheLeftmostLongestMatchesOfEachRuleCount) {
  auto program = program_of({look_for("r", "a|ab|abc|c")});
  EXPECT_THAT(found_in(*program, "xabcab"), ElementsAre("abc", "ab"));
}

TEST(GuardProgramTest, AMatchOverItsBoundIsCutWhereTheBoundIs) {
  auto program = program_of({look_for("r", "a+", guard_action::mask, 4)});
  EXPECT_THAT(found_in(*program, "baaaaaab"), ElementsAre("aaaa", "aa"));
  auto closed = program_of({look_for("r", "a+!", guard_action::mask, 4)});
  EXPECT_THAT(found_in(*closed, "aaaaaa! aa!"), ElementsAre("aaa!", "aa!"));
}

TEST(GuardProgramTest, RulesOfAnotherSideAreLeftOut) {
  std::vector<guard_skip> skipped;
  auto rule = look_for("r", "a");
  rule.on = guard_side::input;
  EXPECT_EQ(
      guard_program::compile(as_records({rule}), guard_side::output, skipped),
      nullptr);
  EXPECT_NE(
      guard_program::compile(as_records({rule}), guard_side::input, skipped),
      nullptr);
  EXPECT_THAT(skipped, IsEmpty());
}

TEST(GuardProgramTest, ARuleThatDoesNotCompileIsSkippedAndTheOthersRun) {
  std::vector<guard_skip> skipped;
  auto broken = look_for("broken", "(");
  broken.required = true;
  auto program = guard_program::compile(
      as_records({broken, look_for("whole", "a")}), guard_side::output,
      skipped);
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].name, "broken");
  EXPECT_TRUE(skipped[0].required);
  EXPECT_THAT(found_in(*program, "ba"), ElementsAre("a"));
}

TEST(GuardProgramTest, MasksOfOverlappingMatchesAreOneMask) {
  auto program = program_of({look_for("one", "abc"), look_for("two", "bcd")});
  auto guarded = guard_text(*program, "xabcdx");
  EXPECT_EQ(guarded.shown, "x[one]x");
  EXPECT_TRUE(guarded.masked);
  EXPECT_EQ(guarded.matches.size(), 2u);
}

TEST(GuardProgramTest, NothingFromABlockOnIsShown) {
  auto program = program_of(
      {look_for("m", "abc"), look_for("b", "stop", guard_action::block)});
  auto guarded = guard_text(*program, "abc, stop, abc");
  EXPECT_EQ(guarded.shown, "[m], ");
  EXPECT_TRUE(guarded.blocked);
  EXPECT_EQ(guarded.matches.size(), 2u);
}

TEST(GuardProgramTest, CatastrophicInputsTakeLinearTime) {
  // Each of these takes a backtracking engine more than a lifetime.
  auto program = program_of(
      {look_for("r1", "(a+)+!"), look_for("r2", "(?:a|aa)+[?]"),
       look_for("r3", "(?:a*)*b"),
       detect("all", {"email", "phone", "iban", "card", "jwt"})});
  auto time = [&program](std::size_t size) {
    auto begin = std::chrono::steady_clock::now();
    (void)program->find_all(std::string(size, 'a'));
    return std::chrono::duration<double>(
               std::chrono::steady_clock::now() - begin)
        .count();
  };
  (void)time(1000);
  auto megabyte = time(1'000'000);
  EXPECT_LT(megabyte, 20.0);
}

} // namespace

} // namespace hansard::test
