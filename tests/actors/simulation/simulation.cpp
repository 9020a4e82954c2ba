#include "tests/actors/simulation/simulation.hpp"

#include "actors/recovery.hpp"
#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"

#include <algorithm>
#include <utility>

namespace hansard::test {

void simulation::finding(const std::string& what) { findings_ += what + '\n'; }

void simulation::check_step() {
  if (!findings_.empty())
    return;
  witness_.read_on(world_.log);
  findings_ += witness_.findings();
  check_answers();
  check_texts();
  check_credit();
  for (auto& one : watchers_)
    check_delivery(one);
  if (world_.rt->running_turns > world_.rt->options.max_running_turns)
    finding("more turns run than may");
}

void simulation::check_answers() {
  for (; turns_seen_ < turns_.size(); ++turns_seen_)
    unanswered_.push_back(turns_seen_);
  std::erase_if(unanswered_, [this](std::size_t index) {
    const auto& answer = turns_[index];
    if (!answer.is_there())
      return false;
    if (answer.ok()) {
      check_ticket(answer.value());
      check_key(keys_[index], answer.value());
    }
    return true;
  });
  for (; stops_seen_ < stops_.size(); ++stops_seen_) {
    const auto& answer = stops_[stops_seen_];
    if (!answer.is_there())
      break;
    if (!answer.ok() || answer.value().turn.is_nil())
      continue;
    auto* stopped = witness_.find(answer.value().turn);
    if (!stopped || !stopped->ending)
      finding("a stop was acknowledged before the ending was recorded");
  }
}

void simulation::check_ticket(const turn_ticket& ticket) {
  if (!witness_.find(ticket.turn))
    finding("a turn was acknowledged before it was recorded");
  if (std::find(sessions_.begin(), sessions_.end(), ticket.session)
      == sessions_.end())
    sessions_.push_back(ticket.session);
}

void simulation::check_key(const std::string& key, const turn_ticket& ticket) {
  if (key.empty())
    return;
  const auto known = turn_of_key_.emplace(key, ticket.turn).first;
  if (known->second != ticket.turn)
    finding("two turns of one idempotency key");
  if (!ticket.replayed && !begun_keys_.insert(key).second)
    finding("two requests of one idempotency key began its turn");
}

void simulation::check_asked_once() {
  std::map<std::string, int> times;
  for (const auto& id : sessions_)
    for (const auto& e : witness_.events(stream_of(id)))
      if (const auto* got = std::get_if<messages_received>(&e.body))
        for (const auto& one : got->messages)
          ++times[one.content];
  for (const auto& command : with_keys_)
    if (times[command.messages.front().content] > 1)
      finding("a message with an idempotency key was taken twice");
}

void simulation::check_texts() {
  for (const auto& turn : witness_.take_grown()) {
    if (witness_.find(turn)->tokens > max_output_tokens)
      finding("more tokens than a turn may have");
    const auto& recorded = witness_.find(turn)->text;
    auto& compared = compared_[turn];
    if (std::string_view(said_[turn])
            .substr(compared, recorded.size() - compared)
        != std::string_view(recorded).substr(compared))
      finding("recorded of " + turn.to_string() + ": what was never said");
    compared = recorded.size();
  }
}

void simulation::check_credit() {
  for (const auto& one : attempts_) {
    if (one.ended || one.call->is_let_go())
      continue;
    auto* turn = witness_.find(one.call->request.turn);
    if (one.call->granted > (turn ? turn->text.size() : 0))
      finding("credit for what is not recorded");
  }
}

void simulation::check_delivery(watcher& one) {
  const auto& sink = *one.who.sink;
  if (sink.deliveries() == one.deliveries)
    return;
  one.deliveries = sink.deliveries();
  fresh_.clear();
  sink.copy_events(one.compared, fresh_);
  one.compared += fresh_.size();
  const auto& recorded = witness_.events(stream_of(one.session));
  for (const auto& e : fresh_)
    if (e.version.value > recorded.size()
        || recorded[e.version.value - 1] != e) {
      finding("a client saw what is not recorded");
      break;
    }
  if (auto complaint = sink.complaint(); !complaint.empty())
    finding("a client: " + complaint);
}

void simulation::check_usage() {
  for (const auto& [id, turn] : witness_.turns()) {
    if (!turn.ending)
      continue;
    token_usage usage;
    std::visit(
        [&usage](const auto& body) {
          if constexpr (requires { body.usage; })
            usage = body.usage;
        },
        *turn.ending);
    auto reported = reported_.find(id);
    bool has_numbers = reported != reported_.end();
    if (usage.source == usage_source::reported
        && (!has_numbers || usage != reported->second))
      finding("numbers that the model did not report");
    auto* completed = std::get_if<generation_completed>(&*turn.ending);
    if (completed && completed->finish_reason == "stop"
        && usage.source
               != (has_numbers ? usage_source::reported
                               : usage_source::estimated))
      finding("reported numbers were lost, or estimates pass for them");
  }
}

void simulation::check_end_of_process() {
  note("the process dies");
  mend_log();
  if (world_.log.failed())
    return;
  world_.log.refuse_next(ec::none, 0);
  // What a start does before anyone is let in.
  if (auto done = recover(world_.log, world_.now()); !done) {
    // A disk that had been told to fail does so at the first write.
    if (!world_.log.failed())
      finding("no recovery: " + done.error().message);
    return;
  }
  auto once_more = recover(world_.log, world_.now());
  if (!once_more || once_more->turns_closed != 0)
    finding("a recovery left turns open");
  witness_.read_on(world_.log);
  findings_ += witness_.findings();
  if (witness_.open_turns() != 0)
    finding("a turn never ended");
  for (auto& one : watchers_)
    check_delivery(one);
  check_usage();
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
  if (!got.empty()
      && got.front().version != one.who.ticket.value().after.next())
    finding("client " + index + " began at another place than it was told");
  if (!sink.has_left() && !sink.is_finished() && !sink.has_failed())
    finding("client " + index + " was left hanging");
}

void simulation::check_answered() {
  if (!world_.log.failed())
    for (const auto& [id, turn] : witness_.turns())
      if (!turn.ending)
        finding(id.to_string() + " never ended");
  check_usage();
  check_asked_once();
  for (const auto& answer : turns_)
    if (answer.answers() != 1)
      finding("a message was not answered once");
  for (const auto& answer : stops_)
    if (answer.answers() != 1)
      finding("a stop was not answered once");
  for (const auto& answer : renames_)
    if (answer.answers() != 1)
      finding("a rename was not answered once");
}

void simulation::check_projections() {
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
  // Tokens alone are folded when somebody asks.
  pending<std::monostate> there;
  world_.rt->progress.when_reached(
      world_.log.head(), std::chrono::steady_clock::time_point::max(),
      there.as_reply());
  quiesce();
  if (!there.ok())
    finding("who waited for the projections was not answered");
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
