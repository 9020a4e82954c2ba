#include "tests/actors/simulation.hpp"

#include "projections/message_history.hpp"
#include "projections/session_list.hpp"

#include <algorithm>
#include <utility>

namespace hansard::test {

void simulation::finding(const std::string& what) { findings_ += what + '\n'; }

void simulation::check_answers() {
  for (; turns_seen_ < turns_.size(); ++turns_seen_) {
    const auto& answer = turns_[turns_seen_];
    if (!answer.is_there())
      break;
    if (!answer.ok())
      continue;
    const auto& ticket = answer.value();
    auto recorded = world_.log.version_of(stream_of(ticket.session));
    if (!recorded || *recorded < ticket.after)
      finding("a turn was acknowledged before it was recorded");
    if (std::find(sessions_.begin(), sessions_.end(), ticket.session)
        == sessions_.end())
      sessions_.push_back(ticket.session);
  }
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    const auto& one = watchers_[i];
    auto recorded = world_.log.version_of(stream_of(one.session));
    if (!recorded || *recorded < one.who.sink->last())
      finding("client " + std::to_string(i) + " saw what is not recorded");
    if (auto complaint = one.who.sink->complaint(); !complaint.empty())
      finding("client " + std::to_string(i) + ": " + complaint);
  }
}

void simulation::check_stream(const session_id& id) {
  auto events = world_.events(id);
  stream_version due{1};
  for (const auto& e : events) {
    if (e.version != due)
      finding("versions of " + id.to_string() + " have a gap");
    due = due.next();
  }
  check_turns(id, events);
}

void simulation::check_turns(
    const session_id& id, const std::vector<recorded_event>& events) {
  std::optional<turn_id> open;
  for (const auto& e : events) {
    auto at = id.to_string() + " version " + std::to_string(e.version.value);
    if (auto* admitted = std::get_if<turn_admitted>(&e.body)) {
      if (open)
        finding("two turns at once, " + at);
      open = admitted->turn;
    } else if (ends_turn(e.body)) {
      auto of = std::visit(
          [](const auto& body) {
            if constexpr (requires { body.turn; })
              return body.turn;
            else
              return turn_id{};
          },
          e.body);
      if (!open || *open != of)
        finding("an ending without its turn, " + at);
      open.reset();
    } else if (std::holds_alternative<token_generated>(e.body) && !open) {
      finding("a token outside a turn, " + at);
    }
  }
  if (open && !world_.log.failed())
    finding("a turn never ended, " + id.to_string());
}

void simulation::check_watcher(const watcher& one) {
  auto index = std::to_string(&one - watchers_.data());
  if (one.who.ticket.answers() != 1)
    finding("client " + index + " was not answered once");
  const auto& sink = *one.who.sink;
  auto got = sink.events();
  if (!one.who.ticket.ok() || one.who.ticket.value().nothing_to_send) {
    if (!got.empty())
      finding("client " + index + " got events that it should not have");
    return;
  }
  auto recorded = world_.events(one.session);
  auto after = one.who.ticket.value().after.value;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (after + i >= recorded.size() || recorded[after + i] != got[i]) {
      finding("client " + index + " got another stream than the log's");
      break;
    }
  if (!sink.has_left() && !sink.is_finished() && !sink.has_failed())
    finding("client " + index + " was left hanging");
}

void simulation::check_projections() {
  for (const auto& answer : turns_)
    if (answer.answers() != 1)
      finding("a message was not answered once");
  for (const auto& answer : stops_)
    if (answer.answers() != 1)
      finding("a stop was not answered once");
  for (const auto& answer : renames_)
    if (answer.answers() != 1)
      finding("a rename was not answered once");
  auto dump = [](row_store& rows) {
    std::string out;
    for (std::string table : {"session_list", "message_history"}) {
      auto done = rows.scan(table, "", "", [&out](auto key, auto value) {
        out.append(key).append("=").append(value).append(";");
        return true;
      });
      if (!done)
        out += "unreadable";
    }
    return out;
  };
  auto fresh = make_memory_row_store();
  if (!rebuild(*make_session_list(*fresh), world_.log)
      || !rebuild(*make_message_history(*fresh), world_.log))
    finding("the projections can't be rebuilt");
  else if (dump(*fresh) != dump(world_.rows()))
    finding("the projections differ from rebuilt ones");
}

void simulation::check_nothing_is_left() {
  for (const auto& one : watchers_)
    if (!one.who.sink->has_left())
      one.who.sink->leave("finished");
  // Long enough for a directory's look at what a lost session left unsealed.
  world_.advance(std::chrono::milliseconds{40'000});
  if (world_.rt->running_turns != 0)
    finding("a turn's place was not given back");
  if (world_.sessions_in_memory() != 0)
    finding("a session stayed in memory");
  if (world_.living() != living_at_start_)
    finding(
        std::to_string(world_.living()) + " actors instead of "
        + std::to_string(living_at_start_));
  auto due = world_.log.failed() ? 1u : 0u;
  if (world_.fatal.size() != due)
    finding("the process was told of a failed log another time than once");
}

} // namespace hansard::test
