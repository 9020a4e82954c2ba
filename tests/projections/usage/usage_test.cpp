#include "projections/usage/usage.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

turn_facts asks_for(std::uint64_t prompt, std::uint32_t output) {
  turn_facts facts;
  facts.models = {"m"};
  facts.prompt_tokens = prompt;
  facts.max_output_tokens = output;
  facts.max_turn_ms = 1'000;
  return facts;
}

effective_policy daily(std::uint64_t tokens) {
  effective_policy policy;
  policy.tokens_per_day = ruled<std::uint64_t>{tokens, {}, false};
  return policy;
}

token_usage used(std::uint64_t prompt, std::uint64_t completion) {
  return {usage_source::reported, prompt, completion, 0, 0};
}

class UsageLedgerTest : public ::testing::Test {
protected:
  verdict admit(
      std::uint64_t n, std::uint64_t budget, std::uint64_t prompt = 10,
      std::uint32_t output = 90) {
    return ledger.admit(
        turn(n), "ann", "a", daily(budget), asks_for(prompt, output), now);
  }
  void fold(event body) {
    event_batch batch;
    batch.stream = stream_of(session(1));
    batch.add(now, std::move(body));
    ledger.fold(batch);
  }
  void record(std::uint64_t n, std::uint64_t reserved = 100) {
    fold(turn_admitted{turn(n), {"ann", ""}, "", "a", {{}, reserved, 0, 0}});
  }
  void complete(std::uint64_t n, token_usage usage) {
    fold(generation_completed{turn(n), ending::complete, "stop", usage});
  }
  day_tokens today(std::string_view agent = {}) {
    return ledger.read("ann", agent).of_day(now);
  }

  usage_ledger ledger;
  timestamp now = from_unix_us(1'780'000'000'000'000);
};

TEST_F(UsageLedgerTest, NoMoreAreLetInThanTheBudgetHas) {
  int admitted = 0;
  for (std::uint64_t n = 1; n <= 200; ++n)
    admitted += !admit(n, 1'000).refused;
  EXPECT_EQ(admitted, 10);
  EXPECT_EQ(today(), (day_tokens{0, 1'000}));
  EXPECT_EQ(today("a"), (day_tokens{0, 1'000}));
  EXPECT_EQ(ledger.reservations(), 10u);
}

TEST_F(UsageLedgerTest, ATurnsEndingPutsItsUseInPlaceOfItsReservation) {
  ASSERT_FALSE(admit(1, 1'000).refused);
  record(1);
  EXPECT_EQ(today(), (day_tokens{0, 100}));
  complete(1, used(12, 5));
  EXPECT_EQ(today(), (day_tokens{17, 0}));
  EXPECT_EQ(today("a"), (day_tokens{17, 0}));
  EXPECT_EQ(ledger.read("ann", "").running, 0u);
  complete(1, used(12, 5));
  EXPECT_EQ(today(), (day_tokens{17, 0})) << "a turn ends once";
}

TEST_F(UsageLedgerTest, EveryKindOfEndingSettles) {
  const event endings[] = {
      generation_completed{turn(1), ending::length, "", used(1, 2)},
      generation_failed{turn(1), ending::failed, "", "", used(1, 2)},
      generation_cancelled{turn(1), {}, "", used(1, 2)},
      generation_interrupted{turn(1), "", used(1, 2)}};
  std::uint64_t sum = 0;
  for (const auto& ending : endings) {
    ASSERT_FALSE(admit(1, 1'000).refused);
    record(1);
    fold(ending);
    sum += 3;
    EXPECT_EQ(today(), (day_tokens{sum, 0})) << name_of(ending);
  }
}

TEST_F(UsageLedgerTest, ATurnThatDoesNotComeLeavesNoTrace) {
  ASSERT_FALSE(admit(1, 1'000).refused);
  ledger.release(turn(1));
  auto counters = ledger.read("ann", "");
  EXPECT_EQ(counters.of_day(now), day_tokens{});
  EXPECT_EQ(counters.running, 0u);
  EXPECT_EQ(counters.minute.count(now), 0u);
  EXPECT_EQ(counters.hour.count(now), 0u);
  EXPECT_EQ(ledger.reservations(), 0u);
  ledger.release(turn(1));
}

TEST_F(UsageLedgerTest, WhatIsOnRecordIsReleasedByItsEndingAlone) {
  ASSERT_FALSE(admit(1, 1'000).refused);
  record(1);
  ledger.release(turn(1));
  EXPECT_EQ(today(), (day_tokens{0, 100}));
}

TEST_F(UsageLedgerTest, AnAdmissionOnRecordCountsEvenIfItsReservationWasLost) {
  ASSERT_FALSE(admit(1, 1'000).refused);
  ledger.release(turn(1));
  record(1);
  EXPECT_EQ(today(), (day_tokens{0, 100}));
  EXPECT_EQ(ledger.read("ann", "").running, 1u);
  record(1);
  EXPECT_EQ(today(), (day_tokens{0, 100})) << "it is counted once";
  EXPECT_EQ(ledger.read("ann", "").minute.count(now), 1u);
}

TEST_F(UsageLedgerTest, AReservationGrowsToTheWholePrompt) {
  ASSERT_FALSE(admit(1, 1'000).refused);
  auto out = ledger.fit(turn(1), daily(1'000), asks_for(400, 90), now);
  EXPECT_FALSE(out.refused);
  EXPECT_EQ(today(), (day_tokens{0, 490}));
  ASSERT_FALSE(admit(2, 1'000).refused);
  out = ledger.fit(turn(2), daily(1'000), asks_for(600, 90), now);
  ASSERT_TRUE(out.refused);
  EXPECT_EQ(out.refused->code, ec::quota_exceeded);
  EXPECT_EQ(today(), (day_tokens{0, 490})) << "its reservation is released";
  EXPECT_EQ(ledger.read("ann", "").running, 1u);
  EXPECT_TRUE(ledger.fit(turn(2), daily(1'000), asks_for(1, 1), now).refused);
}

TEST_F(UsageLedgerTest, ATurnOverMidnightCountsInTheDayOfItsAdmission) {
  now = next_utc_day(now) - seconds{1};
  ASSERT_FALSE(admit(1, 1'000).refused);
  record(1);
  auto before = now;
  now += seconds{2};
  EXPECT_EQ(today(), day_tokens{});
  complete(1, used(30, 30));
  EXPECT_EQ(today(), day_tokens{});
  EXPECT_EQ(ledger.read("ann", "").of_day(before), (day_tokens{60, 0}));
}

TEST_F(UsageLedgerTest, OthersDoNotShareABudget) {
  for (std::uint64_t n = 1; n <= 20; ++n)
    admit(n, 1'000);
  auto bobs =
      ledger.admit(turn(100), "bob", "a", daily(1'000), asks_for(10, 90), now);
  EXPECT_FALSE(bobs.refused);
}

class UsageTest : public ::testing::Test {
protected:
  UsageTest()
      : log(make_memory_event_log()),
        writer(*log),
        rows_(make_memory_row_store()),
        fold_(make_usage(*rows_)) {}

  void turn_of(
      const session_id& id, const std::string& user, const std::string& agent,
      token_usage usage) {
    writer.open(id, user, agent);
    writer.append(
        id, {generation_completed{
                writer.running(id), ending::complete, "stop", usage}});
  }
  std::vector<usage_of_day> month(std::string_view user) {
    EXPECT_EQ(value_of(catch_up(*fold_, *log)), log->head());
    return value_of(
        usage_reader{*rows_}.month_of(user, utc_month(writer.now())));
  }

  std::unique_ptr<event_log> log;
  log_writer writer;
  std::unique_ptr<row_store> rows_;
  std::unique_ptr<projection> fold_;
};

TEST_F(UsageTest, TokensAreCountedByUserAgentAndDay) {
  turn_of(session(1), "ann", "a", used(10, 5));
  turn_of(session(2), "ann", "b", used(1, 2));
  turn_of(session(3), "bob", "a", used(100, 100));
  auto day = utc_day(writer.now());
  EXPECT_EQ(
      month("ann"),
      (std::vector<usage_of_day>{
          {day, "", 2, 11, 7}, {day, "a", 1, 10, 5}, {day, "b", 1, 1, 2}}));
  writer.wait(hours{24});
  turn_of(session(4), "ann", "a", used(7, 7));
  auto anns = month("ann");
  ASSERT_EQ(anns.size(), 5u);
  EXPECT_EQ(anns[1], (usage_of_day{day + 1, "", 1, 7, 7}));
}

TEST_F(UsageTest, ALedgerLoadedFromRowsIsTheLedgerThatFoldedTheLog) {
  std::mt19937_64 random{seed_from_environment(20'260'528)};
  usage_ledger live;
  for (std::uint64_t n = 1; n <= 60; ++n) {
    auto user = "user" + std::to_string(random() % 3);
    auto agent = "agent" + std::to_string(random() % 2);
    turn_of(session(n), user, agent, used(random() % 100, random() % 100));
    writer.wait(seconds{random() % 900});
  }
  ASSERT_TRUE(succeeds(log->read_all({1}, [&](const batch_ptr& batch) {
    live.fold(*batch);
    return true;
  })));
  ASSERT_EQ(value_of(catch_up(*fold_, *log)), log->head());
  usage_ledger loaded;
  auto now = writer.now();
  ASSERT_TRUE(succeeds(usage_reader{*rows_}.load(loaded, now)));
  bool some = false;
  for (const auto* user : {"user0", "user1", "user2"})
    for (const auto* agent : {"", "agent0", "agent1"}) {
      SCOPED_TRACE(std::string(user) + ' ' + agent);
      auto one = live.read(user, agent);
      auto other = loaded.read(user, agent);
      EXPECT_EQ(one.of_day(now), other.of_day(now));
      EXPECT_EQ(one.of_month(now), other.of_month(now));
      EXPECT_EQ(one.minute.count(now), other.minute.count(now));
      EXPECT_EQ(one.hour.count(now), other.hour.count(now));
      EXPECT_EQ(
          one.hour.until_at_most(0, now), other.hour.until_at_most(0, now));
      some = some || one.hour.count(now) > 0;
    }
  EXPECT_TRUE(some);
}

TEST_F(UsageTest, AnOpenTurnCountsItsRequestAndNoTokens) {
  writer.open(session(1), "ann", "a");
  auto anns = month("ann");
  ASSERT_EQ(anns.size(), 2u);
  EXPECT_EQ(anns[0].turns, 1u);
  EXPECT_EQ(anns[0].prompt + anns[0].completion, 0u);
}

TEST_F(UsageTest, ADamagedRowIsCountedAnewAndNotFromZero) {
  turn_of(session(1), "ann", "a", used(10, 5));
  auto before = month("ann");
  std::vector<row_store::change> changes;
  for (const auto& [key, value] : rows_of(*rows_, "usage"))
    if (key.front() == '\x02')
      changes.push_back({key, "\xff"});
  ASSERT_FALSE(changes.empty());
  ASSERT_TRUE(succeeds(rows_->write("usage", changes, fold_->checkpoint())));
  usage_ledger ledger;
  EXPECT_EQ(
      code_of(usage_reader{*rows_}.load(ledger, writer.now())), ec::corrupt);
  fold_ = make_usage(*rows_);
  turn_of(session(2), "ann", "a", used(0, 1));
  auto after = month("ann");
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].turns, 2u);
  EXPECT_EQ(after[0].prompt, 10u);
  EXPECT_EQ(after[0].completion, 6u);
}

} // namespace
} // namespace hansard::test
