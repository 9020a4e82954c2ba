#include "actors/guardrails/filter.hpp"
#include "tests/actors/guardrails/fixture.hpp"
#include "tests/support/random.hpp"

#include <gmock/gmock.h>

namespace hansard::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ch = token_channel;

using pieces = std::vector<std::pair<token_channel, std::string>>;

timestamp at(std::int64_t us) { return from_unix_us(us); }

pieces pieces_of(const token_run& run) {
  pieces out;
  std::size_t offset = 0;
  for (const auto& mark : run.marks) {
    out.emplace_back(mark.channel, run.text.substr(offset, mark.length));
    offset += mark.length;
  }
  return out;
}

token_run run_of(const pieces& tokens) {
  token_run run;
  std::int64_t us = 0;
  for (const auto& [channel, text] : tokens)
    run.add(at(++us), channel, text);
  return run;
}

std::string joined(const token_run& run, bool (*wanted)(token_channel)) {
  std::string out;
  for (const auto& [channel, text] : pieces_of(run))
    if (wanted(channel))
      out += text;
  return out;
}

std::string shown_in(const token_run& run) {
  return joined(run, [](ch c) { return is_shown_answer(c); });
}
std::string said_in(const token_run& run) {
  return joined(run, [](ch c) { return is_said_answer(c); });
}

TEST(GuardFilterTest, TokensWithoutAMatchLeaveAsTheyCame) {
  guard_filter filter{program_of({look_for("r", "secret")})};
  auto run = run_of({{ch::answer, "An"}, {ch::answer, " open"}});
  EXPECT_EQ(filter.push(run).tokens, run);
  EXPECT_THAT(filter.finish().tokens.marks, IsEmpty());
}

TEST(GuardFilterTest, ATokenIsHeldWholeAndKeepsItsTime) {
  guard_filter filter{program_of({look_for("r", "secret")})};
  EXPECT_TRUE(filter.push(run_of({{ch::answer, "no se"}})).tokens.empty());
  auto next = filter.push(run_of({{ch::answer, "ven"}})).tokens;
  ASSERT_EQ(next.marks.size(), 2u);
  EXPECT_EQ(next.marks[0].at, at(1));
  EXPECT_THAT(
      pieces_of(next),
      ElementsAre(Pair(ch::answer, "no se"), Pair(ch::answer, "ven")));
}

TEST(GuardFilterTest, AMatchAcrossTokensIsWithheldAndItsMaskShown) {
  guard_filter filter{program_of({detect("mail", {"email"})})};
  auto out = filter.push(run_of(
      {{ch::answer, "Ask an"},
       {ch::answer, "na@ex"},
       {ch::answer, "am.org, "}}));
  EXPECT_THAT(
      pieces_of(out.tokens),
      ElementsAre(
          Pair(ch::answer, "Ask "), Pair(ch::substitute, "[mail]"),
          Pair(ch::withheld, "an"), Pair(ch::withheld, "na@ex"),
          Pair(ch::withheld, "am.org"), Pair(ch::answer, ", ")));
  ASSERT_EQ(out.hits.size(), 1u);
  EXPECT_EQ(out.hits[0].match, (guard_match{0, 4, 13}));
  EXPECT_FALSE(out.blocked_by);
}

TEST(GuardFilterTest, ABlockWithholdsEverythingFromItOn) {
  guard_filter filter{
      program_of({look_for("stop", "stop", guard_action::block)})};
  auto out = filter.push(run_of(
      {{ch::answer, "please st"},
       {ch::answer, "op it"},
       {ch::answer, " now"}}));
  EXPECT_EQ(out.blocked_by, 0u);
  EXPECT_THAT(
      pieces_of(out.tokens),
      ElementsAre(
          Pair(ch::answer, "please "), Pair(ch::withheld, "st"),
          Pair(ch::withheld, "op it"), Pair(ch::withheld, " now")));
}

TEST(GuardFilterTest, AFlagIsToldAndChangesNothing) {
  guard_filter filter{
      program_of({look_for("note", "note", guard_action::flag)})};
  auto run = run_of({{ch::answer, "a note."}});
  auto out = filter.push(run);
  EXPECT_EQ(out.tokens, run);
  EXPECT_EQ(out.hits.size(), 1u);
}

TEST(GuardFilterTest, ReasoningIsATextOfItsOwn) {
  guard_filter filter{program_of({look_for("r", "secret")})};
  auto out = filter.push(run_of(
      {{ch::reasoning, "a secret, sec"},
       {ch::answer, "se"},
       {ch::answer, "cret!"}}));
  EXPECT_THAT(
      pieces_of(out.tokens),
      ElementsAre(
          Pair(ch::reasoning, "a "), Pair(ch::substitute_reasoning, "[r]"),
          Pair(ch::withheld_reasoning, "secret"), Pair(ch::reasoning, ", sec"),
          Pair(ch::substitute, "[r]"), Pair(ch::withheld, "se"),
          Pair(ch::withheld, "cret"), Pair(ch::answer, "!")));
  ASSERT_EQ(out.hits.size(), 2u);
  EXPECT_EQ(out.hits[0].place, guard_place::reasoning);
  EXPECT_EQ(out.hits[1].place, guard_place::answer);
}

TEST(GuardFilterTest, AnAnswerThatReasoningInterruptsIsOneText) {
  guard_filter filter{program_of({look_for("r", "secret")})};
  auto all = filter.push(run_of(
      {{ch::answer, "sec"}, {ch::reasoning, "hm"}, {ch::answer, "ret"}}));
  EXPECT_EQ(shown_in(all.tokens), "[r]");
}

std::vector<guardrail_spec> random_rules(chooser& choose) {
  std::vector<guardrail_spec> out;
  auto action = [&choose] {
    return static_cast<guard_action>(choose.one_in(6) ? 2 : choose.below(2));
  };
  const char* patterns[] = {"ab+c?", "(?i)secret", "b[^ ]{0,6}d",
                            "é€+",   "aa",         R"(\bca\b)"};
  for (auto* pattern : patterns)
    if (choose.one_in(2))
      out.push_back(look_for(pattern, pattern, action(), 9));
  if (choose.one_in(2))
    out.push_back(detect("mail", {"email"}, action()));
  if (choose.one_in(3))
    out.push_back(detect("card", {"card"}, action()));
  if (out.empty())
    out.push_back(look_for("a", "a"));
  return out;
}

std::string random_text(chooser& choose) {
  static const char* const words[] = {
      "a",     "b",   "c",     "ab",     "aa",         " ",
      "d",     "sec", "ret",   "SECRET", "é",          "€",
      "@b.de", "ca",  "4111 ", "1111",   " 1111 1111", "\xF0\x9F\x98\x80",
      "."};
  std::string out;
  for (auto left = choose.below(30); left > 0; --left)
    out += words[choose.below(std::size(words))];
  return out;
}

bool starts_character(std::string_view text, std::size_t i) {
  return i >= text.size()
         || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
}

token_run random_tokens(chooser& choose, std::string_view text) {
  token_run run;
  std::int64_t us = 0;
  while (!text.empty()) {
    auto size = std::min<std::size_t>(1 + choose.below(6), text.size());
    while (!starts_character(text, size))
      ++size;
    run.add(at(++us), ch::answer, text.substr(0, size));
    text.remove_prefix(size);
  }
  return run;
}

/// Each token by itself, so that all is cut where it can be.
struct filtered {
  token_run tokens;
  std::vector<guard_match> matches;
  bool blocked = false;
};
filtered filter_one_by_one(
    std::shared_ptr<const guard_program> program, const token_run& run) {
  guard_filter filter{std::move(program)};
  filtered out;
  auto take = [&out](filtered_tokens got) {
    out.tokens.append(got.tokens);
    for (const auto& hit : got.hits)
      out.matches.push_back(hit.match);
    out.blocked = got.blocked_by.has_value();
  };
  std::size_t offset = 0;
  for (const auto& mark : run.marks) {
    token_run one;
    one.add(mark.at, mark.channel, run.text.substr(offset, mark.length));
    offset += mark.length;
    take(filter.push(one));
    if (out.blocked)
      return out;
  }
  take(filter.finish());
  return out;
}

TEST(GuardFilterPropertyTest, WhatIsShownDoesNotDependOnTheTokens) {
  auto seed = seed_or(42);
  SCOPED_TRACE(seed);
  chooser choose{seed};
  for (int round = 0; round < 200; ++round) {
    auto program = program_of(random_rules(choose));
    for (int i = 0; i < 20; ++i) {
      auto text = random_text(choose);
      auto wanted = guard_text(*program, text);
      auto got = filter_one_by_one(program, random_tokens(choose, text));
      ASSERT_EQ(shown_in(got.tokens), wanted.shown) << text;
      ASSERT_EQ(got.matches, wanted.matches) << text;
      ASSERT_EQ(got.blocked, wanted.blocked) << text;
      auto said = said_in(got.tokens);
      ASSERT_EQ(said, text.substr(0, said.size()));
      if (!wanted.blocked) {
        ASSERT_EQ(said, text);
      }
    }
  }
}

TEST(GuardFilterPropertyTest, NoByteOfAMatchIsShownAndNoCharacterIsCut) {
  auto seed = seed_or(43);
  SCOPED_TRACE(seed);
  chooser choose{seed};
  for (int round = 0; round < 200; ++round) {
    auto program = program_of(random_rules(choose));
    auto text = random_text(choose);
    std::vector<bool> secret(text.size(), false);
    for (const auto& match : program->find_all(text))
      if (program->rules()[match.rule].action != guard_action::flag)
        std::fill_n(secret.begin() + match.offset, match.length, true);
    auto got = filter_one_by_one(program, random_tokens(choose, text));
    std::size_t offset = 0;
    for (const auto& [channel, piece] : pieces_of(got.tokens)) {
      ASSERT_FALSE(piece.empty());
      ASSERT_TRUE(starts_character(piece, 0)) << text;
      if (channel == ch::substitute)
        continue;
      for (std::size_t i = 0; i < piece.size(); ++i) {
        ASSERT_FALSE(channel == ch::answer && secret[offset + i])
            << text << " at " << offset + i;
      }
      offset += piece.size();
    }
  }
}

} // namespace

} // namespace hansard::test
