#include "actors/reading/page_reader.hpp"
#include "tests/support/faulty_event_log.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hansard::test {

namespace {

/// A session whose answers were recorded in large batches.
class Promise7PagesTest : public testing::Test {
protected:
  void append(event_batch batch) {
    append_request request;
    request.expected = {version_};
    batch.stream = stream_;
    request.batch = std::make_shared<event_batch>(std::move(batch));
    request.encoded = encode_items(*request.batch);
    version_ += request.batch->size();
    result<log_position> outcome{log_position{}};
    log_.append({&request, 1}, {&outcome, 1}, {});
    ASSERT_TRUE(outcome);
  }

  /// `count` tokens of `length` bytes in one batch, among other events.
  void answer(std::size_t count, std::size_t length) {
    event_batch batch;
    batch.add(timestamp{}, turn_admitted{});
    token_run run;
    for (std::size_t i = 0; i < count; ++i)
      run.add(
          timestamp{}, token_channel::answer,
          std::string(length, static_cast<char>('a' + i % 26)));
    batch.add(std::move(run));
    batch.add(timestamp{}, generation_completed{});
    append(std::move(batch));
  }

  static std::size_t text_bytes(const page_read& page) {
    std::size_t bytes = 0;
    for (const auto& batch : page.batches)
      for (const auto& item : batch->items)
        if (auto* run = std::get_if<token_run>(&item))
          bytes += run->text.size() + run->marks.size() * sizeof(token_mark);
    return bytes;
  }

  /// Every page from `from` on; each keeps to its size.
  std::vector<recorded_event> read_pages(stream_version from) {
    std::vector<recorded_event> events;
    for (pages_ = 1;; ++pages_) {
      auto page = read(log_, stream_, from);
      EXPECT_FALSE(page.why);
      // A token may be longer than what was left.
      EXPECT_LE(text_bytes(page), page_bytes + 20'000);
      for (const auto& batch : page.batches)
        batch->for_each(
            [&events](const recorded_event& e) { events.push_back(e); });
      if (page.at_end || page.batches.empty() || pages_ > 10'000)
        return events;
      from = page.batches.back()->last_version().next();
    }
  }

  const stream_id stream_ = stream_of(session_id{make_ulid(1, 0, 1)});
  faulty_event_log log_;
  std::uint64_t version_ = 0;
  int pages_ = 0;
};

} // namespace

TEST_F(Promise7PagesTest, PagesWithinABatchJoinToTheStream) {
  answer(100'000, 5);
  answer(40, 20'000);
  answer(3, 1);
  EXPECT_EQ(read_pages({1}), events_of(log_, stream_));
  EXPECT_GT(pages_, 40);
}

TEST_F(Promise7PagesTest, AnyPlaceIsOneToReadFrom) {
  answer(20, 9'000);
  answer(20, 9'000);
  auto all = events_of(log_, stream_);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(
        read_pages({i + 1}),
        (std::vector<recorded_event>(
            all.begin() + static_cast<std::ptrdiff_t>(i), all.end())));
}

TEST_F(Promise7PagesTest, AnEventLargerThanAPageIsAPage) {
  event_batch batch;
  messages_received received;
  received.messages.emplace_back();
  received.messages.back().content = std::string(10 * page_bytes, 'x');
  batch.add(timestamp{}, received);
  batch.add(timestamp{}, turn_admitted{});
  append(std::move(batch));
  EXPECT_EQ(read_pages({1}), events_of(log_, stream_));
  EXPECT_EQ(pages_, 2);
}

TEST_F(Promise7PagesTest, AStreamWithoutEventsIsAnEmptyPage) {
  auto page = read(log_, stream_, {1});
  EXPECT_TRUE(page.at_end);
  EXPECT_TRUE(page.batches.empty());
}

} // namespace hansard::test
