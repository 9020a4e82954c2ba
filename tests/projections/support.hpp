#pragma once

#include "events/session/session_model.hpp"
#include "projections/projection.hpp"
#include "projections/rows/row_store.hpp"
#include "storage/event_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace hansard::test {

session_id session(std::uint64_t n);
turn_id turn(std::uint64_t n);
message user_says(std::string_view text);
token_run
tokens(timestamp at, std::vector<std::pair<token_channel, std::string>> texts);
/// Answer tokens.
token_run answer(timestamp at, std::vector<std::string> texts);

/// Writes into a log; the clock goes on by a millisecond an append.
class log_writer {
public:
  explicit log_writer(event_log& log) : log_(&log) {}

  event_log& log() { return *log_; }
  timestamp now() const { return now_; }
  void wait(std::chrono::microseconds time) { now_ += time; }
  const session_state& state(const session_id& id) { return states_[id]; }
  const std::map<session_id, session_state>& states() const { return states_; }

  void append(const stream_id& stream, std::vector<batch_item> items);
  void append(const session_id& id, std::vector<event> events);
  void append(const session_id& id, token_run run);

  /// A new session with a first message; the turn is admitted.
  void open(
      const session_id& id, std::string owner, std::string agent,
      std::string_view text = "Hello");
  void
  ask(const session_id& id, std::uint32_t keep, std::vector<message> messages);
  /// Ends the running turn.
  void complete(const session_id& id);
  /// open() or ask(), an answer, complete().
  void chat(const session_id& id, std::string_view text);

  turn_id running(const session_id& id) { return states_[id].turn->turn; }

private:
  event_log* log_;
  timestamp now_ = from_unix_us(1'780'000'000'000'000);
  std::uint64_t next_turn_ = 1;
  std::map<stream_id, std::uint64_t> versions_;
  std::map<session_id, session_state> states_;
};

/// What happens in a server: turns, branches, refusals, tool calls, endings of
/// every kind, clients that come and go, in several sessions at once, and
/// events that concern no session.
void write_random_history(log_writer& out, std::mt19937_64& random, int steps);

/// The log's events from `from` on, grouped anew: token runs split, joined, or
/// told token by token.
std::vector<batch_ptr>
rechunk(const event_log& log, log_position from, std::mt19937_64& random);

using rows = std::vector<std::pair<std::string, std::string>>;
/// Every row of a table, with its key.
rows rows_of(const row_store& store, std::string_view table);

template <class T>
T value_of(result<T> outcome) {
  if (!outcome) {
    ADD_FAILURE() << to_string(outcome.error().code) << ": "
                  << outcome.error().message;
    return T{};
  }
  return std::move(*outcome);
}

inline ::testing::AssertionResult succeeds(const result<void>& outcome) {
  if (outcome)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << to_string(outcome.error().code) << ": " << outcome.error().message;
}

template <class T>
ec code_of(const result<T>& outcome) {
  return outcome ? ec::none : outcome.error().code;
}

/// The seed of a property test: HANSARD_SEED, or `fallback`.
std::uint64_t seed_from_environment(std::uint64_t fallback);

} // namespace hansard::test
