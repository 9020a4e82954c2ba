#include "tests/storage/event_log_contract.hpp"
#include "tests/storage/log_support.hpp"

#include <gmock/gmock.h>

namespace hansard::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const stream_id a = stream_number(1);
const stream_id b = stream_number(2);

stamped_event at(std::int64_t us, event body) {
  return {moment(us), std::move(body)};
}

TEST_P(EventLogContract, AnEmptyLogHasNothing) {
  EXPECT_EQ(log().head(), log_position{0});
  EXPECT_EQ(*log().version_of(a), stream_version{0});
  EXPECT_THAT(events_from(log()), IsEmpty());
  EXPECT_THAT(events_of(log(), a), IsEmpty());
  EXPECT_THAT(unsealed_of(log()), IsEmpty());
  EXPECT_FALSE(log().failed());
}

TEST_P(EventLogContract, EachEventTakesOneVersionAndOnePosition) {
  auto batch = batch_of(
      a, at(1, titled("x")), tokens({"one", " two", "!"}, 2),
      at(9, titled("y")));
  auto outcome = append_at(log(), batch, 0);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(*outcome, log_position{5});
  EXPECT_EQ(log().head(), log_position{5});
  EXPECT_EQ(*log().version_of(a), stream_version{5});
  EXPECT_EQ(events_from(log()), recorded(batch, 1, 1));
  EXPECT_EQ(events_of(log(), a), recorded(batch, 1, 1));
}

TEST_P(EventLogContract, AnAppendTellsTheBatchWhereItIs) {
  append_all(log(), {request_for(batch_of(b, at(1, titled("x"))), 0)});
  auto request = request_for(batch_of(a, tokens({"a", "b"})), 0);
  auto batch = request.batch;
  append_all(log(), {request});
  EXPECT_EQ(batch->first_version, stream_version{1});
  EXPECT_THAT(batch->positions, ElementsAre(position_segment{{2}, 2}));
}

TEST_P(EventLogContract, RequestsOnOneStreamFollowEachOtherInAGroup) {
  append_all(
      log(), {request_for(batch_of(a, at(1, titled("x"))), 0),
              request_for(batch_of(b, at(2, titled("y"))), 0),
              request_for(batch_of(a, at(3, titled("z"))), 1)});
  EXPECT_EQ(*log().version_of(a), stream_version{2});
  auto events = events_of(log(), a);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].position, log_position{3});
}

TEST_P(EventLogContract, AWrongExpectedVersionIsRefusedWithTheActualOne) {
  append_all(log(), {request_for(batch_of(a, tokens({"a", "b"})), 0)});
  for (std::uint64_t expected : {0, 1, 3, 99}) {
    auto outcome = append_at(log(), batch_of(a, at(1, titled("x"))), expected);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ec::wrong_expected_version);
    EXPECT_THAT(
        outcome.error().details, ::testing::Contains(Pair("actual", "2")));
  }
  EXPECT_EQ(log().head(), log_position{2});
  EXPECT_EQ(events_from(log()).size(), 2u);
}

TEST_P(EventLogContract, EachRequestOfAGroupIsJudgedOnItsOwn) {
  std::vector<append_request> requests{
      request_for(batch_of(a, at(1, titled("taken"))), 0),
      request_for(batch_of(a, at(2, titled("late"))), 0),
      request_for(batch_of(a, at(3, titled("next"))), 1),
      request_for(batch_of(b, at(4, titled("ahead"))), 7)};
  std::vector<result<log_position>> outcomes(4, log_position{});
  log().append(requests, outcomes);
  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_EQ(outcomes[1].error().code, ec::wrong_expected_version);
  EXPECT_EQ(*outcomes[2], log_position{2});
  EXPECT_EQ(outcomes[3].error().code, ec::wrong_expected_version);
  EXPECT_EQ(requests[1].batch->first_version, stream_version{0});
  EXPECT_THAT(requests[1].batch->positions, IsEmpty());
  EXPECT_EQ(events_from(log()).size(), 2u);
  EXPECT_EQ(*log().version_of(b), stream_version{0});
}

TEST_P(EventLogContract, WhatIsNoAppendIsRefused) {
  auto uneven = tokens({"ab"});
  uneven.text += "c";
  for (const auto& batch :
       {batch_of(a), batch_of(a, token_run{}), batch_of(a, uneven)}) {
    auto outcome = append_at(log(), batch, 0);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ec::invalid_request);
  }
  auto request = request_for(batch_of(a, at(1, titled("x"))), 0);
  append_all(log(), {request});
  request.expected = {1};
  std::vector<result<log_position>> outcomes(1, log_position{});
  log().append({&request, 1}, outcomes);
  ASSERT_FALSE(outcomes[0].has_value()) << "the same batch, twice";
  EXPECT_EQ(outcomes[0].error().code, ec::invalid_request);
  EXPECT_EQ(log().head(), log_position{1});
}

class Promise7EverythingIsBounded : public EventLogContract {};

TEST_P(Promise7EverythingIsBounded, TheLargestAppendIsTakenAndAByteMoreIsNot) {
  auto sized = [](std::size_t size) {
    token_run run;
    run.add(moment(0), token_channel::answer, std::string(size, 'x'));
    return batch_of(a, run);
  };
  auto overhead =
      encode_items(sized(max_append_bytes)).size() - max_append_bytes;
  auto outcome = append_at(log(), sized(max_append_bytes - overhead + 1), 0);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ec::too_large);
  EXPECT_EQ(log().head(), log_position{0});
  EXPECT_TRUE(append_at(log(), sized(max_append_bytes - overhead), 0));
  EXPECT_EQ(events_of(log(), a).size(), 1u);
}

TEST_P(EventLogContract, ReadersBeginAnywhere) {
  auto first = batch_of(a, tokens({"a", "bb", "ccc"}), at(4, titled("x")));
  auto other = batch_of(b, at(5, titled("y")));
  auto second = batch_of(a, at(6, titled("z")), tokens({"d", "e"}, 7));
  append_all(
      log(),
      {request_for(first, 0), request_for(other, 0), request_for(second, 4)});
  auto all = events_from(log());
  ASSERT_EQ(all.size(), 8u);
  for (std::uint64_t from = 1; from <= 10; ++from) {
    auto skip = std::min<std::size_t>(from - 1, all.size());
    EXPECT_EQ(
        events_from(log(), from),
        (std::vector<recorded_event>{all.begin() + skip, all.end()}));
  }
  auto stream = events_of(log(), a);
  for (std::uint64_t from = 1; from <= 9; ++from) {
    auto skip = std::min<std::size_t>(from - 1, stream.size());
    EXPECT_EQ(
        events_of(log(), a, from),
        (std::vector<recorded_event>{stream.begin() + skip, stream.end()}));
  }
  EXPECT_EQ(events_from(log(), 0), all) << "0 is before the first";
}

TEST_P(EventLogContract, AVisitorStopsTheReading) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(append_next(log(), batch_of(a, at(i, titled("x")))));
  int seen = 0;
  auto stop_at_two = [&](const batch_ptr&) { return ++seen < 2; };
  EXPECT_TRUE(log().read_all({1}, stop_at_two).has_value());
  EXPECT_EQ(seen, 2);
  seen = 0;
  EXPECT_TRUE(log().read_stream(a, {1}, stop_at_two).has_value());
  EXPECT_EQ(seen, 2);
}

TEST_P(EventLogContract, AReadIsAsOfTheMomentOfTheCall) {
  ASSERT_TRUE(append_next(log(), batch_of(a, at(1, titled("x")))));
  ASSERT_TRUE(append_next(log(), batch_of(a, at(2, titled("y")))));
  std::size_t seen = 0;
  auto append_while_reading = [&](const batch_ptr& batch) {
    seen += batch->size();
    EXPECT_TRUE(append_next(log(), batch_of(a, at(3, titled("later")))));
    return true;
  };
  ASSERT_TRUE(log().read_all({1}, append_while_reading).has_value());
  EXPECT_EQ(seen, 2u);
  seen = 0;
  ASSERT_TRUE(log().read_stream(a, {1}, append_while_reading).has_value());
  EXPECT_EQ(seen, 4u);
  EXPECT_EQ(log().head(), log_position{8});
}

TEST_P(EventLogContract, AnUnknownEventPassesThroughUnread) {
  auto batch =
      batch_of(a, at(1, unknown_event{60'000, 7, std::string("\0\xff", 2)}));
  ASSERT_TRUE(append_next(log(), batch));
  EXPECT_EQ(events_of(log(), a), recorded(batch, 1, 1));
}

TEST_P(EventLogContract, TimesComeBackExactlyInAnyOrder) {
  token_run run;
  for (auto us : {std::int64_t{0}, INT64_MAX, INT64_MIN, std::int64_t{-1}})
    run.add(from_unix_us(us), token_channel::answer, "x");
  auto batch = batch_of(a, stamped_event{from_unix_us(5), titled("x")}, run);
  ASSERT_TRUE(append_next(log(), batch));
  EXPECT_EQ(events_of(log(), a), recorded(batch, 1, 1));
}

TEST_P(EventLogContract, ATurnIsUnsealedUntilItHasEndedAndIsSealed) {
  ASSERT_TRUE(append_next(log(), batch_of(a, at(1, admitted()))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"a", "b"}, 2))));
  ASSERT_TRUE(append_next(log(), batch_of(b, at(3, titled("no turn")))));
  EXPECT_FALSE(seal(log(), a)) << "the turn runs";
  EXPECT_THAT(unsealed_of(log()), ElementsAre(a));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"c"}, 4))));
  ASSERT_TRUE(append_next(log(), batch_of(a, at(5, completed()))));
  EXPECT_THAT(unsealed_of(log()), ElementsAre(a));
  EXPECT_TRUE(seal(log(), a));
  EXPECT_THAT(unsealed_of(log()), IsEmpty());
  EXPECT_FALSE(seal(log(), a)) << "it is sealed";
  EXPECT_FALSE(seal(log(), b));
}

TEST_P(EventLogContract, AnEndedTurnIsSealedWhileTheNextRuns) {
  ASSERT_TRUE(append_next(log(), batch_of(a, at(1, admitted()))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"a"}, 2))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"b"}, 3))));
  ASSERT_TRUE(
      append_next(log(), batch_of(a, at(4, completed()), at(5, admitted()))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"c"}, 6))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"d"}, 7))));
  auto before = events_from(log());
  EXPECT_TRUE(seal(log(), a));
  EXPECT_THAT(unsealed_of(log()), ElementsAre(a)) << "the second turn runs";
  EXPECT_FALSE(seal(log(), a));
  EXPECT_EQ(events_from(log()), before);
  ASSERT_TRUE(append_next(log(), batch_of(a, at(8, completed()))));
  EXPECT_TRUE(seal(log(), a));
  EXPECT_THAT(unsealed_of(log()), IsEmpty());
  before = events_from(log());
  EXPECT_EQ(before.size(), 8u);
  EXPECT_EQ(events_of(log(), a), before);
}

TEST_P(EventLogContract, ASealThatCameTooLateIsDropped) {
  ASSERT_TRUE(append_next(log(), batch_of(a, at(1, admitted()))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"a"}, 2))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"b"}, 3))));
  ASSERT_TRUE(append_next(log(), batch_of(a, at(4, completed()))));
  auto before = events_from(log());
  std::vector<std::unique_ptr<prepared_seal>> twice;
  twice.push_back(*log().prepare_seal(a));
  twice.push_back(*log().prepare_seal(a));
  auto late = *log().prepare_seal(a);
  apply(log(), std::move(twice));
  EXPECT_EQ(events_from(log()), before);
  std::vector<std::unique_ptr<prepared_seal>> again;
  again.push_back(std::move(late));
  again.push_back(nullptr);
  apply(log(), std::move(again));
  EXPECT_EQ(events_from(log()), before);
  EXPECT_EQ(events_of(log(), a), before);
}

TEST_P(EventLogContract, ASealOfAnotherLogIsDropped) {
  auto other = make_memory_event_log();
  for (event_log* l : {&log(), other.get()}) {
    ASSERT_TRUE(append_next(*l, batch_of(a, at(1, admitted()))));
    ASSERT_TRUE(append_next(*l, batch_of(a, at(4, completed()))));
  }
  std::vector<std::unique_ptr<prepared_seal>> seals;
  seals.push_back(*other->prepare_seal(a));
  apply(log(), std::move(seals));
  EXPECT_THAT(unsealed_of(log()), ElementsAre(a));
}

TEST_P(EventLogContract, EverythingIsThereAfterReopening) {
  ASSERT_TRUE(append_next(log(), batch_of(a, at(1, admitted()))));
  ASSERT_TRUE(append_next(log(), batch_of(b, at(2, titled("x")))));
  ASSERT_TRUE(append_next(log(), batch_of(a, tokens({"a", "b"}, 3))));
  auto before = events_from(log());
  reopen();
  EXPECT_EQ(log().head(), log_position{4});
  EXPECT_EQ(*log().version_of(a), stream_version{3});
  EXPECT_EQ(events_from(log()), before);
  EXPECT_THAT(unsealed_of(log()), ElementsAre(a));
  auto next = append_at(log(), batch_of(a, at(5, completed())), 3);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(*next, log_position{5});
}

INSTANTIATE_TEST_SUITE_P(
    AllLogs, EventLogContract,
    ::testing::Values(log_kind::memory, log_kind::rocksdb), kind_name);

INSTANTIATE_TEST_SUITE_P(
    AllLogs, Promise7EverythingIsBounded,
    ::testing::Values(log_kind::memory, log_kind::rocksdb), kind_name);

} // namespace

} // namespace hansard::test
