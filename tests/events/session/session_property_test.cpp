#include "events/codec/codec.hpp"
#include "events/text/json_text.hpp"
#include "tests/events/codec/random_events.hpp"
#include "tests/events/session/session_fixture.hpp"

namespace hansard::test {

namespace {

struct moment {
  timestamp at;
  event body;
};

/// Plays a random but legal session, and keeps a simple account of its own of
/// what the history must then be.
class random_session {
public:
  explicit random_session(std::uint64_t seed) : source_(seed) {}

  void play(int turns) {
    for (int turn = 0; turn < turns; ++turn)
      play_turn();
    // Now and then the log ends in the middle of a turn.
    if (source_.one_in(3) && start_turn_of_random_body())
      generate();
  }

  std::vector<moment> events;
  session_state state;
  std::vector<message> expected_history;

private:
  void record(event e) {
    at_us_ += static_cast<std::int64_t>(source_.below(5000));
    event_batch batch;
    batch.first_version = state.version.next();
    batch.add(from_unix_us(at_us_), e);
    apply(state, batch);
    events.push_back({from_unix_us(at_us_), std::move(e)});
  }

  std::vector<message> random_body() {
    std::vector<message> body;
    if (source_.one_in(2)) {
      // Repeats the history, or a part of it, perhaps with an edit.
      body = expected_history;
      if (!body.empty() && source_.one_in(3))
        body.resize(1 + source_.below(body.size()));
      if (!body.empty() && source_.one_in(4))
        body[source_.below(body.size())] = random_message(source_);
    }
    for (auto left = source_.below(3); left > 0; --left)
      body.push_back(random_message(source_));
    if (body.empty())
      body.push_back(user_says("well?"));
    return body;
  }

  bool start_turn_of_random_body() {
    start_turn command;
    command.agent = "did:agent";
    command.by = {"did:owner", "req"};
    command.turn = turn_number(events.size());
    command.messages = random_body();
    command.hint = static_cast<history_hint>(source_.below(3));
    auto decided = decide(state, command);
    if (!decided)
      return false;
    for (const auto& e : *decided) {
      if (auto* received = std::get_if<messages_received>(&e)) {
        expected_history.resize(received->keep);
        for (const auto& m : received->messages)
          expected_history.push_back(m);
      }
      record(e);
    }
    turn_ = command.turn;
    return true;
  }

  void generate() {
    answer_.clear();
    calls_.clear();
    record(generation_started{turn_, 1, "demo", "demo", 1, 1});
    for (auto left = source_.below(30); left > 0; --left) {
      switch (source_.below(12)) {
      case 0:
        record(client_attached{turn_, {}, state.version});
        break;
      case 1:
        record(client_detached{turn_, {}, state.version, "gone"});
        break;
      case 2: {
        tool_call_generated call{
            turn_, static_cast<std::uint32_t>(calls_.size()),
            "call_" + std::to_string(calls_.size()), "f", source_.text(8)};
        calls_.push_back(call);
        record(call);
        break;
      }
      case 3:
        record(turn_refused{{}, "did:agent", "turn_running", "busy"});
        break;
      case 4:
        record(title_changed{source_.text(10), {}});
        break;
      default: {
        auto channel = static_cast<token_channel>(source_.below(2));
        auto text = source_.text(5) + "t";
        if (channel == token_channel::answer)
          answer_ += text;
        record(token_generated{channel, text});
      }
      }
    }
  }

  void play_turn() {
    if (!start_turn_of_random_body())
      return;
    generate();
    ending end = ending::complete;
    switch (source_.below(5)) {
    case 0:
      end = ending::truncated;
      record(generation_failed{turn_, end, "upstream_truncated", "", {}});
      break;
    case 1:
      end = ending::cancelled;
      record(generation_cancelled{turn_, {}, "", {}});
      break;
    case 2:
      end = ending::interrupted;
      record(generation_interrupted{turn_, "", {}});
      break;
    default:
      record(generation_completed{turn_, end, "stop", {}});
    }
    expect_answer(end);
  }

  void expect_answer(ending end) {
    if (answer_.empty() && calls_.empty() && end != ending::complete)
      return;
    message m;
    m.role = role::assistant;
    m.origin = origin::generated;
    if (answer_.empty() && !calls_.empty())
      m.content = "null";
    else
      append_json_string(m.content, answer_);
    for (const auto& call : calls_) {
      m.tool_calls += m.tool_calls.empty() ? "[" : ",";
      m.tool_calls += R"({"id":")" + call.id
                      + R"(","type":"function","function":{"name":"f",)"
                      + R"("arguments":)";
      append_json_string(m.tool_calls, call.arguments);
      m.tool_calls += "}}";
    }
    if (!calls_.empty())
      m.tool_calls += ']';
    expected_history.push_back(std::move(m));
  }

  random_source source_;
  turn_id turn_;
  std::string answer_;
  std::vector<tool_call_generated> calls_;
  std::int64_t at_us_ = 1'700'000'000'000'000;
};

/// Folds `events` in random batches, tokens in random runs.
session_state
fold_in_batches(const std::vector<moment>& events, random_source& source) {
  session_state state;
  event_batch batch;
  token_run run;
  auto flush_run = [&] {
    if (!run.empty())
      batch.add(std::exchange(run, {}));
  };
  auto flush_batch = [&] {
    flush_run();
    batch.first_version = state.version.next();
    apply(state, batch);
    batch = {};
  };
  for (const auto& [at, body] : events) {
    auto* token = std::get_if<token_generated>(&body);
    if (token && !source.one_in(3)) {
      run.add(at, token->channel, token->text);
    } else {
      flush_run();
      batch.add(at, body);
    }
    if (source.one_in(6))
      flush_batch();
  }
  flush_batch();
  return state;
}

constexpr int rounds = 400;

TEST(SessionPropertyTest, TheGroupingOfEventsDoesNotCount) {
  for (int round = 0; round < rounds; ++round) {
    random_session session{base_seed() + round};
    session.play(6);
    random_source source{base_seed() + round};
    ASSERT_EQ(
        describe(fold_in_batches(session.events, source)),
        describe(session.state))
        << "round " << round;
  }
}

TEST(SessionPropertyTest, TheHistoryIsWhatWasSaid) {
  for (int round = 0; round < rounds; ++round) {
    random_session session{base_seed() + round};
    session.play(6);
    ASSERT_EQ(session.state.version.value, session.events.size());
    ASSERT_EQ(
        describe(session.state.history), describe(session.expected_history))
        << "round " << round;
  }
}

TEST(SessionPropertyTest, StoredAndReadEventsFoldToTheSameState) {
  for (int round = 0; round < rounds; ++round) {
    random_session session{base_seed() + round};
    session.play(4);
    event_batch stored;
    stored.first_version = {1};
    for (const auto& [at, body] : session.events) {
      std::string bytes;
      encode(body, bytes);
      auto read = decode(type_of(body), schema_of(body), bytes);
      ASSERT_TRUE(read);
      stored.add(at, *read);
    }
    session_state state;
    apply(state, stored);
    ASSERT_EQ(describe(state), describe(session.state)) << "round " << round;
  }
}

TEST(SessionPropertyTest, AClientThatRepeatsTheHistoryBranchesNowhere) {
  for (int round = 0; round < rounds; ++round) {
    random_session session{base_seed() + round};
    session.play(4);
    if (session.state.turn || session.state.history.empty())
      continue;
    start_turn command;
    command.agent = session.state.agent;
    command.by.principal = session.state.owner;
    command.policy = history_policy::strict;
    command.messages = session.state.history;
    command.messages.push_back(user_says("and so on"));
    auto events = decide(session.state, command);
    ASSERT_TRUE(events) << events.error().message;
    const auto& received = std::get<messages_received>(events->front());
    ASSERT_EQ(received.keep, session.state.history.size());
    ASSERT_EQ(received.messages.size(), 1u);
  }
}

} // namespace

} // namespace hansard::test
