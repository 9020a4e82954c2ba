#pragma once

#include "storage/event_log.hpp"
#include "tests/support/random.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Verbs for tests of logs.
namespace hansard::test {

/// The n-th stream of a test.
stream_id stream_number(std::uint8_t n);
/// The n-th microsecond of a test's time.
timestamp moment(std::int64_t us);

event admitted();
event completed();
event titled(std::string title);
token_run tokens(std::vector<std::string> texts, std::int64_t at = 0);
token_run random_tokens(chooser& choose, std::size_t count, std::int64_t& at);

/// A batch of `stream` with `items`, in the order given.
template <class... Items>
event_batch batch_of(const stream_id& stream, Items... items) {
  event_batch batch;
  batch.stream = stream;
  (batch.items.emplace_back(std::move(items)), ...);
  return batch;
}

append_request request_for(event_batch batch, std::uint64_t expected);

/// Appends a group; fails the test unless each request is taken.
void append_all(event_log& log, std::vector<append_request> requests);
/// Appends one batch at the stream's version.
result<log_position> append_next(event_log& log, event_batch batch);
result<log_position>
append_at(event_log& log, event_batch batch, std::uint64_t expected);
/// Prepares and applies a seal. @returns whether there was one.
bool seal(event_log& log, const stream_id& stream);
/// Applies seals that were prepared before, with nothing else.
void apply(event_log& log, std::vector<std::unique_ptr<prepared_seal>> seals);

struct read_outcome {
  std::vector<recorded_event> events;
  result<void> end;
};
read_outcome try_read_all(const event_log& log, std::uint64_t from = 1);
read_outcome try_read_stream(
    const event_log& log, const stream_id& stream, std::uint64_t from = 1);

/// As above; an error fails the test.
std::vector<recorded_event>
events_from(const event_log& log, std::uint64_t from = 1);
std::vector<recorded_event> events_of(
    const event_log& log, const stream_id& stream, std::uint64_t from = 1);

/// The events, one by one, that recording `batch` at these places gives.
std::vector<recorded_event>
recorded(event_batch batch, std::uint64_t version, std::uint64_t position);

std::vector<stream_id> unsealed_of(const event_log& log);

} // namespace hansard::test
