#pragma once

#include "events/session/session_commands.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace hansard::test {

message user_says(std::string_view text);
message assistant_says(std::string_view text);

/// Turn number `n`, the same each time.
turn_id turn_number(std::uint64_t n);

/// Everything that a state holds, as text: equal states, equal texts.
std::string describe(const session_state& state);

/// "user client "a" | assistant generated "b"".
std::string describe(const std::vector<message>& history);

/// A session of the agent "did:agent" and the user "did:owner", and the turns
/// that are told to it.
class session_fixture : public ::testing::Test {
protected:
  start_turn
  ask(std::vector<message> messages, history_hint hint = history_hint::infer);

  /// Records one event at the next version.
  void record(event e);
  void record(token_run run);
  void record(const event_batch& batch);
  /// Decides and records what was decided.
  /// @returns what was decided.
  result<std::vector<event>> perform(start_turn command);
  /// A whole turn: `messages`, and the answer in one token.
  void talk(
      std::vector<message> messages, std::string_view answer,
      history_hint hint = history_hint::infer);
  void
  token(std::string_view text, token_channel channel = token_channel::answer);
  void complete(ending end = ending::complete);

  session_state state;
  std::uint64_t turns = 0;
  std::int64_t clock_us = 1'000'000;
};

} // namespace hansard::test
