#include "tests/storage/random_work.hpp"

namespace hansard::test {

event_batch
random_work::next_batch(const log_model& ahead, const stream_id& stream) {
  event_batch batch;
  batch.stream = stream;
  if (ahead.running(stream)) {
    if (!choose_.one_in(8))
      batch.add(random_tokens(choose_, choose_.between(1, 12), now_));
    if (batch.items.empty() || choose_.one_in(6))
      batch.add(moment(now_++), completed());
    return batch;
  }
  if (choose_.one_in(3))
    batch.add(moment(now_++), titled(choose_.text(choose_.below(200))));
  if (batch.items.empty() || choose_.one_in(2))
    batch.add(moment(now_++), admitted());
  return batch;
}

void random_work::prepare_late_seal(event_log& log, const stream_id& stream) {
  late_stream_ = stream;
  late_turns_ = model_.sealable(stream);
  auto prepared = log.prepare_seal(stream);
  ASSERT_TRUE(prepared.has_value()) << prepared.error().message;
  late_ = *std::move(prepared);
  EXPECT_EQ(late_ != nullptr, !late_turns_.empty());
}

void random_work::adopt(event_log& log) {
  late_.reset();
  model_ = {};
  for (const auto& e : events_from(log))
    model_.append(batch_of(e.stream, stamped_event{e.at, e.body}));
  // Which of the seals came through is not known: make it all of them.
  for (std::uint8_t i = 0; i < streams; ++i) {
    auto stream = stream_number(i);
    seal(log, stream);
    model_.seal(stream, model_.sealable(stream));
  }
  under_way_ = model_;
}

bool random_work::append_group(event_log& log) {
  auto ahead = model_;
  std::vector<append_request> requests;
  std::vector<bool> right;
  for (auto count = choose_.between(1, 5); count > 0; --count) {
    auto stream = any_stream();
    auto batch = next_batch(ahead, stream);
    auto expected = ahead.version_of(stream);
    right.push_back(!choose_.one_in(7));
    if (right.back())
      ahead.append(batch);
    else
      expected += choose_.between(1, 3);
    requests.push_back(request_for(std::move(batch), expected));
  }
  std::vector<std::unique_ptr<prepared_seal>> seals;
  if (late_ && choose_.one_in(2))
    seals.push_back(std::move(late_));
  std::vector<result<log_position>> outcomes(requests.size(), log_position{});
  if (!log.failed())
    under_way_ = std::move(ahead);
  log.append(requests, outcomes, seals);
  if (log.failed())
    return false;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(outcomes[i].has_value(), right[i]);
    if (outcomes[i]) {
      model_.append(*requests[i].batch);
      EXPECT_EQ(outcomes[i]->value, model_.all().size());
    }
  }
  if (!seals.empty())
    model_.seal(late_stream_, late_turns_);
  return true;
}

} // namespace hansard::test
