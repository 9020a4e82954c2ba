#include "actors/guardrails/window.hpp"
#include "tests/actors/guardrails/fixture.hpp"
#include "tests/support/random.hpp"

#include <gmock/gmock.h>
#include <re2/re2.h>

namespace hansard::test {

namespace {

std::size_t held(const guard_window& window, std::size_t pushed) {
  return pushed - window.decided();
}

/// Bytes held after each piece.
std::vector<std::size_t>
held_after(const guard_program& program, std::vector<std::string> pieces) {
  guard_window window{{std::shared_ptr<void>{}, &program}};
  std::vector<std::size_t> out;
  std::size_t pushed = 0;
  for (const auto& piece : pieces) {
    window.push(piece);
    pushed += piece.size();
    out.push_back(held(window, pushed));
  }
  return out;
}

using ::testing::ElementsAre;

TEST(GuardWindowTest, OnlyWhatCouldStillMatchIsHeld) {
  auto program = program_of({look_for("r", R"(\bsecret \d{3})")});
  EXPECT_THAT(
      held_after(
          *program,
          {"The s", "ecret", "s", " of a secret", " 12", "x", " secret 123"}),
      ElementsAre(1, 6, 0, 6, 9, 0, 0));
}

TEST(GuardWindowTest, WhatMayStillGrowIsHeld) {
  auto program = program_of({detect("mail", {"email"})});
  EXPECT_THAT(
      held_after(*program, {"a@b.co", "m", " and"}), ElementsAre(6, 7, 3));
}

TEST(GuardWindowTest, HoldsNoMoreThanTheLongestMatch) {
  auto program = program_of({look_for("r", "a+!", guard_action::mask, 16)});
  guard_window window{program};
  for (std::size_t pushed = 1; pushed < 100; ++pushed) {
    window.push("a");
    EXPECT_LE(held(window, pushed), 16u);
  }
}

TEST(GuardWindowTest, APushAfterTheEndIsAnotherText) {
  auto program = program_of({look_for("r", R"(\bab)")});
  guard_window window{program};
  window.push("xa");
  window.finish();
  EXPECT_EQ(window.decided(), 2u);
  window.push("b ab");
  window.finish();
  EXPECT_THAT(window.take(), ElementsAre(guard_match{0, 4, 2}));
}

std::vector<guardrail_spec> many_rules() {
  return {
      look_for("words", R"(\b(?:alpha|beta|alphabet|abc)\b)"),
      look_for("run", "a+b", guard_action::mask, 7),
      look_for("overlap", "b[^c]{0,5}c"),
      look_for("case", "(?i)key(?:s|ring)?"),
      look_for("line", "(?m)^-+$", guard_action::mask, 5),
      look_for("accent", "é[ü€]+"),
      look_for("any", "x.{3}y"),
      look_for("end", "abc$"),
      detect("pii", {"email", "phone", "card", "iban"}),
      detect("secrets", {"aws_key", "jwt", "hansard_key", "private_key"})};
}

std::string hostile_text(chooser& choose) {
  static const char* const pieces[] = {
      "a",
      "b",
      "c",
      "alpha",
      "bet",
      "beta",
      " ",
      "abc",
      "key",
      "KeyS",
      "ring",
      "-",
      "---",
      "\n",
      "é",
      "ü",
      "€",
      "x",
      "y",
      "@",
      ".com",
      "a@b.de",
      "+49 30",
      " 1234",
      "5678",
      "4111",
      " 1111",
      "1111",
      "DE89 3704",
      " 0044 0532",
      " 0130 00",
      "eyJ",
      "AAAAAAAA",
      ".",
      "hsd_",
      "AKIA",
      "0123456789ABCDEF",
      "-----BEGIN PRIVATE KEY-----",
      "\xF0\x9F\x98\x80",
      "-----END PRIVATE KEY-----"};
  std::string out;
  for (auto left = choose.below(40); left > 0; --left)
    out += pieces[choose.below(std::size(pieces))];
  return out;
}

bool is_boundary(std::string_view text, std::size_t at) {
  return at >= text.size()
         || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

/// `text` in random pieces, none of which cuts a character.
std::vector<std::string> in_pieces(chooser& choose, std::string_view text) {
  std::vector<std::string> out;
  auto most = 1 + choose.below(12);
  while (!text.empty()) {
    auto size = std::min<std::size_t>(1 + choose.below(most), text.size());
    while (!is_boundary(text, size))
      ++size;
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

TEST(GuardWindowPropertyTest, PiecesGiveTheMatchesOfTheWhole) {
  auto seed = seed_or(20261123);
  SCOPED_TRACE(seed);
  chooser choose{seed};
  auto all = many_rules();
  for (int round = 0; round < 60; ++round) {
    std::vector<guardrail_spec> rules;
    for (const auto& rule : all)
      if (choose.one_in(2))
        rules.push_back(rule);
    if (rules.empty())
      continue;
    auto program = program_of(rules);
    for (int i = 0; i < 60; ++i) {
      auto text = hostile_text(choose);
      auto wanted = program->find_all(text);
      guard_window window{program};
      std::vector<guard_match> got;
      for (const auto& piece : in_pieces(choose, text)) {
        window.push(piece);
        for (const auto& match : window.take()) {
          EXPECT_LT(match.offset, window.decided());
          got.push_back(match);
        }
      }
      window.finish();
      for (const auto& match : window.take())
        got.push_back(match);
      ASSERT_EQ(got, wanted) << text;
    }
  }
}

/// What the class comment of guard_program says, word for word, for one
/// pattern; slow.
std::vector<std::pair<std::size_t, std::size_t>> by_definition(
    const re2::RE2& pattern, std::string_view text, std::size_t longest) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  re2::StringPiece all{text.data(), text.size()};
  for (std::size_t at = 0; at < text.size();) {
    re2::StringPiece found;
    if (pattern.Match(
            all, at, std::min(text.size(), at + longest),
            re2::RE2::ANCHOR_START, &found, 1)) {
      out.emplace_back(at, found.size());
      at += found.size();
    } else {
      ++at;
    }
  }
  return out;
}

TEST(GuardWindowPropertyTest, MatchesAreThoseOfTheDefinition) {
  auto seed = seed_or(5);
  SCOPED_TRACE(seed);
  chooser choose{seed};
  re2::RE2::Options longest_match;
  longest_match.set_longest_match(true);
  for (const auto& rule : many_rules()) {
    if (rule.patterns.empty())
      continue;
    SCOPED_TRACE(rule.name);
    auto program = program_of({rule});
    re2::RE2 pattern{rule.patterns[0], longest_match};
    for (int i = 0; i < 300; ++i) {
      auto text = hostile_text(choose);
      auto wanted = by_definition(pattern, text, program->longest());
      std::vector<std::pair<std::size_t, std::size_t>> got;
      for (const auto& match : program->find_all(text))
        got.emplace_back(match.offset, match.length);
      ASSERT_EQ(got, wanted) << text;
    }
  }
}

} // namespace

} // namespace hansard::test
