#include "events/session/history.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hansard::test {

namespace {

using messages = std::vector<message>;

/// "u:a" is a user who says "a"; "a:b" an assistant that answers "b", "g:b"
/// one whose answer this server generated.
messages said(const std::vector<std::string>& lines) {
  messages all;
  for (std::string_view line : lines) {
    message m;
    m.role = line.starts_with("u:")   ? role::user
             : line.starts_with("a:") ? role::assistant
             : line.starts_with("g:") ? role::assistant
             : line.starts_with("t:") ? role::tool
                                      : role::system;
    if (line.starts_with("g:"))
      m.origin = origin::generated;
    m.content = '"' + std::string(line.substr(2)) + '"';
    all.push_back(std::move(m));
  }
  return all;
}

struct rule {
  const char* name;
  history_hint hint;
  messages recorded;
  messages body;
  /// nullopt: refused as invalid_request.
  std::optional<history_match> expected;
};

std::vector<rule> rules() {
  auto delta = history_hint::delta;
  auto full = history_hint::full;
  auto infer = history_hint::infer;
  auto record = said({"u:one", "a:two", "u:three", "a:four"});
  auto kept = said({"s:be kind", "u:one", "g:two", "u:three", "g:four"});
  auto refused = std::nullopt;
  using match = history_match;
  return {
      {"delta: all is new", delta, record, said({"u:five"}), match{4, 0}},
      {"delta: even a repetition", delta, record, record, match{4, 0}},
      {"delta: on an empty record", delta, {}, said({"u:x"}), match{0, 0}},

      {"full: the rest is new", full, record,
       said({"u:one", "a:two", "u:three", "a:four", "u:five"}), match{4, 4}},
      {"full: on an empty record all is new",
       full,
       {},
       said({"u:one", "a:two", "u:three"}),
       match{0, 0}},
      {"full: a different end is a branch", full, record,
       said({"u:one", "a:two", "u:other"}), match{2, 2}},
      {"full: a different first message is a branch from the start", full,
       record, said({"u:other"}), match{0, 0}},
      {"full: a record that goes further is a branch", full, record,
       said({"u:one", "a:two", "u:three"}), match{3, 3}},
      {"full: back to the first question", full, record, said({"u:one"}),
       match{1, 1}},
      {"full: the record as it is holds nothing to answer", full, record,
       record, refused},
      {"full: a part that ends in an answer holds nothing to answer", full,
       record, said({"u:one", "a:two"}), refused},
      {"full: a record that waits for an answer can be repeated", full,
       said({"u:one"}), said({"u:one"}), match{1, 1}},
      {"full: so can a tool's result", full, said({"u:one", "a:two", "t:3"}),
       said({"u:one", "a:two", "t:3"}), match{3, 3}},

      {"infer: on an empty record all is new",
       infer,
       {},
       said({"u:one", "a:two", "u:three"}),
       match{0, 0}},
      {"infer: a different first message, all new", infer, record,
       said({"u:five"}), match{4, 0}},
      {"infer: even if later ones match", infer, record,
       said({"u:five", "a:two", "u:three"}), match{4, 0}},
      {"infer: nothing beyond a matching prefix, all new", infer, record,
       said({"u:one"}), match{4, 0}},
      {"infer: the same with a longer prefix", infer, record,
       said({"u:one", "a:two"}), match{4, 0}},
      {"infer: the whole record again, all new", infer, record, record,
       match{4, 0}},
      {"infer: matching to the record's end is full", infer, record,
       said({"u:one", "a:two", "u:three", "a:four", "u:five"}), match{4, 4}},
      {"infer: with several new messages", infer, said({"u:one", "a:two"}),
       said({"u:one", "a:two", "t:x", "u:y"}), match{2, 2}},
      {"infer: departing after the first is a branch", infer, record,
       said({"u:one", "a:edited", "u:more"}), match{1, 1}},
      {"infer: departing at the last is a branch", infer, record,
       said({"u:one", "a:two", "u:three", "a:edited"}), match{3, 3}},
      {"infer: the same text from another role differs", infer, record,
       said({"a:one", "u:x"}), match{4, 0}},
      {"infer: a question without an answer, asked again", infer,
       said({"u:one"}), said({"u:one"}), match{1, 1}},
      {"infer: a short word said twice stays said twice", infer,
       said({"u:yes", "g:ok"}), said({"u:yes"}), match{2, 0}},

      {"whole: the rest is new", infer, kept,
       said({"s:be kind", "u:one", "a:two", "u:three", "a:four", "u:five"}),
       match{5, 5}},
      {"whole: the last question answered anew", infer, kept,
       said({"s:be kind", "u:one", "a:two", "u:three"}), match{4, 4}},
      {"whole: a question that failed, asked again", infer,
       said({"u:one", "g:two", "u:three"}), said({"u:one", "a:two", "u:three"}),
       match{3, 3}},
      {"whole: nothing to answer", infer, kept,
       said({"s:be kind", "u:one", "a:two"}), refused},
      {"whole: another system message comes first of what is new", infer, kept,
       said({"s:be brief", "u:one", "a:two", "u:three", "a:four", "u:five"}),
       match{5, 5, {0}}},
      {"whole: a system message that was added", infer,
       said({"u:one", "g:two"}), said({"s:new", "u:one", "a:two", "u:three"}),
       match{2, 3, {0}}},
      {"whole: a system message that went", infer, kept,
       said({"u:one", "a:two", "u:three", "a:four", "u:five"}), match{5, 4}},
      {"whole: answered anew under another system message", infer, kept,
       said({"s:be brief", "u:one", "a:two", "u:three"}), match{3, 3, {0}}},
      {"whole: spaces that a client trims", infer,
       said({"u: one ", "g:two\\n"}), said({"u:one", "a:two", "u:three"}),
       match{2, 2}},
      {"whole: an edit is a branch", infer, kept,
       said({"s:be kind", "u:one", "a:two", "u:other"}), match{3, 3}},
      {"whole: a client that keeps the last messages alone", infer, kept,
       said({"u:three", "a:four", "u:five"}), match{5, 2}},
  };
}

TEST(HistoryTest, EveryRuleHolds) {
  for (const auto& r : rules()) {
    SCOPED_TRACE(r.name);
    auto match = match_history(r.recorded, r.body, r.hint);
    EXPECT_EQ(match.has_value(), r.expected.has_value());
    if (match && r.expected) {
      EXPECT_EQ(match->keep, r.expected->keep);
      EXPECT_EQ(match->first_new, r.expected->first_new);
      EXPECT_EQ(match->systems, r.expected->systems);
    } else if (!match) {
      EXPECT_EQ(match.error().code, ec::invalid_request);
      EXPECT_NE(match.error().message.find("messages"), std::string::npos);
    }
  }
}

/// What the record is after a turn with `body`, whose answer is `answer`.
messages
after(messages record, const messages& body, const std::string& answer) {
  auto match = match_history(record, body, history_hint::infer);
  EXPECT_TRUE(match);
  if (!match)
    return record;
  record.resize(match->keep);
  for (auto place : match->systems)
    record.push_back(body[place]);
  record.insert(
      record.end(), body.begin() + static_cast<long>(match->first_new),
      body.end());
  auto generated = said({"g:" + answer});
  record.push_back(generated.front());
  return record;
}

TEST(HistoryTest, ARecordGrowsByWhatIsNewWhateverAWholeHistoryChanges) {
  enum class habit { clock, added_system, trimmed, regenerates, window };
  for (auto kind :
       {habit::clock, habit::added_system, habit::trimmed, habit::regenerates,
        habit::window}) {
    messages record;
    messages client;
    for (int turn = 0; turn < 50; ++turn) {
      auto n = std::to_string(turn);
      std::string space = kind == habit::trimmed ? " " : "";
      client.push_back(said({"u:q" + n + space}).front());
      for (int again = kind == habit::regenerates ? 2 : 1; again > 0; --again) {
        auto body = client;
        if (kind == habit::window && body.size() > 5)
          body.erase(body.begin(), body.end() - 5);
        if (kind == habit::clock)
          body.insert(body.begin(), said({"s:it is " + n}).front());
        if (kind == habit::added_system && turn > 0)
          body.insert(body.begin(), said({"s:new"}).front());
        record = after(record, body, "a" + n);
      }
      client.back() = said({"u:q" + n}).front();
      client.push_back(said({"a:a" + n}).front());
    }
    EXPECT_LE(record.size(), 150u) << static_cast<int>(kind);
    EXPECT_EQ(
        std::count_if(
            record.begin(), record.end(),
            [](const message& m) { return m.origin == origin::generated; }),
        50)
        << static_cast<int>(kind) << ": no answer twice, and none claimed";
  }
}

TEST(HistoryTest, ARepeatedMessageIsKnownInAnotherSpelling) {
  auto record = said({"u:hi", "a:yes"});
  auto body = said({"u:hi", "a:yes", "u:go on"});
  body[0].content = R"([ {"text":"\u0068i", "type":"text"} ])";
  body[1].extra = R"({"refusal":null})";
  record[1].origin = origin::generated;
  auto match = match_history(record, body, history_hint::infer);
  ASSERT_TRUE(match);
  EXPECT_EQ(*match, (history_match{2, 2}));
}

messages random_talk(random_source& source, std::size_t most) {
  messages talk;
  for (auto left = source.below(most + 1); left > 0; --left) {
    message m;
    m.role = source.one_in(2) ? role::user : role::assistant;
    // Few texts, so that equal ones are common.
    m.content = source.one_in(2) ? R"("x")" : R"("y")";
    talk.push_back(m);
  }
  return talk;
}

TEST(HistoryTest, WhatIsSkippedIsWhatStaysInFront) {
  for (int round = 0; round < 5000; ++round) {
    random_source source{base_seed() + round};
    auto record = random_talk(source, 5);
    auto body = random_talk(source, 5);
    if (body.empty())
      continue;
    auto hint = static_cast<history_hint>(source.below(3));
    auto match = match_history(record, body, hint);
    if (!match) {
      ASSERT_EQ(hint, history_hint::full);
      continue;
    }
    SCOPED_TRACE(round);
    ASSERT_LE(match->keep, record.size());
    ASSERT_LE(match->first_new, body.size());
    // Either everything is appended, or the body replaces the record from
    // where they part.
    if (match->first_new > 0 || hint == history_hint::full) {
      ASSERT_EQ(match->keep, match->first_new);
    } else {
      ASSERT_EQ(match->keep, record.size());
    }
    for (std::size_t i = 0; i < match->first_new; ++i)
      ASSERT_EQ(match_digest(record[i]), match_digest(body[i]));
    bool again =
        record.size() == body.size() && record.back().role != role::assistant;
    if (hint != history_hint::full && !again) {
      ASSERT_LT(match->first_new, body.size());
    }
  }
}

TEST(HistoryTest, FullMakesTheHistoryEqualToTheBody) {
  for (int round = 0; round < 5000; ++round) {
    random_source source{base_seed() + round};
    auto record = random_talk(source, 5);
    auto body = random_talk(source, 6);
    if (body.empty())
      continue;
    auto match = match_history(record, body, history_hint::full);
    if (!match)
      continue;
    auto history = record;
    history.resize(match->keep);
    history.insert(
        history.end(), body.begin() + static_cast<long>(match->first_new),
        body.end());
    ASSERT_TRUE(std::equal(
        history.begin(), history.end(), body.begin(), body.end(),
        [](const message& a, const message& b) {
          return match_digest(a) == match_digest(b);
        }))
        << "round " << round;
  }
}

TEST(HistoryTest, AClientThatAlwaysSendsEverythingNeverBranches) {
  for (int round = 0; round < 2000; ++round) {
    random_source source{base_seed() + round};
    auto record = random_talk(source, 6);
    auto body = record;
    auto more = random_talk(source, 3);
    if (more.empty())
      continue;
    body.insert(body.end(), more.begin(), more.end());
    for (auto hint : {history_hint::infer, history_hint::full}) {
      auto match = match_history(record, body, hint);
      ASSERT_TRUE(match);
      ASSERT_EQ(*match, (history_match{record.size(), record.size()}))
          << "round " << round;
    }
  }
}

} // namespace

} // namespace hansard::test
