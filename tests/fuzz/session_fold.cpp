#include "events/codec/codec.hpp"
#include "events/session/session_commands.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hansard;

namespace {

/// Input: events of type, schema, size of the payload (a byte each), payload.
std::vector<event> read_events(fuzz::input in) {
  std::vector<event> events;
  while (!in.empty()) {
    std::uint16_t type = in.byte();
    std::uint16_t schema = in.byte();
    auto size = in.byte();
    auto read = decode(type, schema, in.bytes(size));
    if (read)
      events.push_back(std::move(*read));
  }
  return events;
}

/// All events as one batch, consecutive tokens as one run.
session_state fold_as_one(const std::vector<event>& events) {
  event_batch batch;
  batch.first_version = {1};
  token_run run;
  for (const auto& e : events) {
    if (auto* token = std::get_if<token_generated>(&e)) {
      run.add({}, token->channel, token->text);
      continue;
    }
    if (!run.empty())
      batch.add(std::exchange(run, {}));
    batch.add({}, e);
  }
  if (!run.empty())
    batch.add(std::move(run));
  session_state state;
  apply(state, batch);
  return state;
}

session_state fold_one_by_one(const std::vector<event>& events) {
  session_state state;
  for (const auto& e : events) {
    event_batch batch;
    batch.first_version = state.version.next();
    batch.add({}, e);
    bool has_output =
        state.turn
        && (!state.turn->answer.empty() || !state.turn->tool_calls.empty());
    auto ended = ending_of(e);
    bool leaves = state.turn && ended && leaves_message(has_output, ended->how);
    auto before = state.history.size();
    apply(state, batch);
    if (ended)
      fuzz::require(
          state.history.size() == before + (leaves ? 1 : 0),
          "leaves_message tells whether there is one");
  }
  return state;
}

void check_decision(const session_state& state) {
  start_turn command;
  command.agent = state.agent;
  command.by.principal = state.owner;
  command.messages = state.history;
  command.messages.push_back({role::user, {}, R"("next")", {}, {}, {}, {}});
  command.policy = history_policy::strict;
  auto decided = decide(state, command);
  fuzz::require(
      decided.has_value() == !state.turn,
      "a client that repeats the whole history is let in between turns");
  if (!decided)
    fuzz::require(
        decided.error().code == ec::turn_running, "or told of the turn");
}

} // namespace

/// The fold can't fail, and the grouping of events does not count.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto events = read_events({data, size});
  auto one = fold_as_one(events);
  auto many = fold_one_by_one(events);
  fuzz::require(
      one.version == many.version && one.agent == many.agent
          && one.owner == many.owner && one.title == many.title
          && one.history == many.history && one.turns == many.turns
          && one.turn.has_value() == many.turn.has_value(),
      "both folds give the same session");
  if (one.turn)
    fuzz::require(
        one.turn->answer == many.turn->answer
            && one.turn->tokens == many.turn->tokens
            && one.turn->tool_calls == many.turn->tool_calls,
        "and the same open turn");
  fuzz::require(
      one.version.value == events.size(), "each event is one version");
  check_decision(one);
  return 0;
}
