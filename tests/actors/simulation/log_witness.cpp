#include "tests/actors/simulation/log_witness.hpp"

#include <string>
#include <utility>

namespace hansard::test {

namespace {

/// The turn that an event names; nullopt: it is of no turn, or of the open one.
std::optional<turn_id> turn_named_by(const event& body) {
  return std::visit(
      [](const auto& fact) -> std::optional<turn_id> {
        if constexpr (requires { fact.turn; })
          return fact.turn;
        else
          return std::nullopt;
      },
      body);
}

/// Those that belong to a turn while it runs.
bool needs_open_turn(const event& body) {
  return std::holds_alternative<token_generated>(body)
         || std::holds_alternative<tool_call_generated>(body)
         || std::holds_alternative<generation_started>(body)
         || std::holds_alternative<generation_attempt_failed>(body)
         || ends_turn(body);
}

} // namespace

void log_witness::read_on(const event_log& log) {
  if (log.head() <= position_)
    return;
  auto done = log.read_all(position_.next(), [this](const batch_ptr& batch) {
    batch->for_each([this](const recorded_event& e) { take(e); });
    return true;
  });
  if (!done)
    findings_ += "the log can't be read\n";
}

const std::vector<recorded_event>&
log_witness::events(const stream_id& stream) const {
  static const std::vector<recorded_event> none;
  auto it = streams_.find(stream);
  return it == streams_.end() ? none : it->second;
}

const log_witness::turn_record* log_witness::find(const turn_id& turn) const {
  auto it = turns_.find(turn);
  return it == turns_.end() ? nullptr : &it->second;
}

std::set<turn_id> log_witness::take_grown() {
  return std::exchange(grown_, {});
}

void log_witness::take(const recorded_event& e) {
  auto at = " at position " + std::to_string(e.position.value);
  if (e.position != position_.next())
    findings_ += "a gap of positions" + at + '\n';
  position_ = e.position;
  auto& stream = streams_[e.stream];
  if (e.version.value != stream.size() + 1)
    findings_ += "a gap of versions" + at + '\n';
  stream.push_back(e);
  take_turn(e);
}

void log_witness::take_turn(const recorded_event& e) {
  auto at = " at position " + std::to_string(e.position.value);
  auto open = open_.find(e.stream);
  if (auto* admitted = std::get_if<turn_admitted>(&e.body)) {
    if (open != open_.end())
      findings_ += "two turns at once" + at + '\n';
    if (!turns_.try_emplace(admitted->turn, turn_record{e.stream, {}, 0, 0, {}})
             .second)
      findings_ += "a turn begins twice" + at + '\n';
    open_[e.stream] = admitted->turn;
    return;
  }
  if (!needs_open_turn(e.body))
    return;
  auto named = turn_named_by(e.body);
  if (open == open_.end() || (named && *named != open->second)) {
    findings_ += std::string(name_of(e.body)) + " outside its turn" + at + '\n';
    return;
  }
  auto& turn = turns_[open->second];
  if (auto* token = std::get_if<token_generated>(&e.body)) {
    turn.text += token->text;
    ++turn.tokens;
    grown_.insert(open->second);
  } else if (auto* started = std::get_if<generation_started>(&e.body)) {
    if (started->attempt != ++turn.attempts)
      findings_ += "attempts out of order" + at + '\n';
    if (!turn.text.empty())
      findings_ += "another attempt after the first token" + at + '\n';
  } else if (ends_turn(e.body)) {
    turn.ending = e.body;
    open_.erase(open);
  }
}

} // namespace hansard::test
