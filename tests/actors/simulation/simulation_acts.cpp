#include "actors/secrets/api_key.hpp"
#include "tests/actors/simulation/simulation.hpp"

#include <caf/send.hpp>

#include <functional>

namespace hansard::test {

namespace {

using std::chrono::milliseconds;

controller_options short_lived() {
  controller_options options;
  options.passivate_after = milliseconds{2000};
  options.max_running_turns = 6;
  return options;
}

agent_spec agent_for(std::uint64_t seed, std::uint64_t max_output_tokens) {
  auto spec = chat_world::default_agent();
  spec.fallback_models = {"model-2"};
  spec.max_attempts = 2;
  spec.max_turn_ms = 30'000;
  spec.max_output_tokens = max_output_tokens;
  if (seed % 3 == 0) {
    spec.on_disconnect = disconnect_policy::cancel;
    spec.disconnect_grace_ms = 800;
  }
  return spec;
}

} // namespace

simulation::simulation(std::uint64_t seed)
    : rng_(seed),
      world_(short_lived(), agent_for(seed, max_output_tokens)),
      living_at_start_(world_.living()),
      log_fails_(seed % 11 == 0),
      drains_(seed % 13 == 0),
      dies_(seed % 7 == 0) {}

void simulation::run() {
  auto length = 100 + pick(300);
  for (std::uint64_t i = 0; i < length && findings_.empty(); ++i) {
    act();
    for (auto steps = pick(10); steps > 0; --steps)
      step();
    check_step();
  }
  if (dies_) {
    check_end_of_process();
  } else if (findings_.empty()) {
    quiesce();
    check_step();
    for (const auto& one : watchers_)
      check_watcher(one);
    check_answered();
    check_projections();
    check_nothing_is_left();
  }
  note("steps " + std::to_string(steps_));
  for (const auto& id : sessions_)
    note(
        id.to_string() + " "
        + std::to_string(std::hash<std::string>{}(world_.story(id))));
}

void simulation::step() {
  if (!world_.step(rng_))
    return;
  ++steps_;
  check_step();
}

void simulation::act() {
  switch (pick(16)) {
  case 0:
  case 1:
    return ask();
  case 2:
  case 3:
    return watch();
  case 4:
  case 5:
    return client_acts();
  case 6:
  case 7:
  case 8:
  case 9:
    return model_acts();
  case 10: {
    // Now and then so long that a turn's time is over.
    milliseconds time{
        pick(24) == 0  ? 31'000
        : pick(4) == 0 ? pick(3000)
                       : pick(300)};
    note("time passes: " + std::to_string(time.count()) + " ms");
    return world_.tick(time);
  }
  case 11:
    return kill_somebody();
  case 12:
    return disturb_log();
  case 13:
    mend_log();
    world_.release();
    return world_.replace_dead();
  default:
    for (auto steps = pick(40); steps > 0; --steps)
      step();
  }
}

bool simulation::some_session(session_id& id) {
  if (sessions_.empty())
    return false;
  id = sessions_[pick(sessions_.size())];
  return true;
}

void simulation::ask() {
  session_id id;
  std::optional<session_id> in;
  if (pick(4) != 0 || sessions_.size() >= 4)
    if (some_session(id))
      in = id;
  turn_command command;
  command.who = chat_world::user(pick(12) == 0 ? "eve" : "ann");
  command.request = "request";
  command.agent = "agent";
  command.session = in;
  command.messages = {chat_world::says("Hi " + std::to_string(turns_.size()))};
  command.history = history_hint::delta;
  // Where a turn runs: wait for its end, or bring it about.
  auto busy = pick(6);
  if (busy == 0)
    command.on_busy = busy_policy::queue;
  else if (busy == 1)
    command.on_busy = busy_policy::interrupt;
  if (in && pick(6) == 0)
    replace_some(command);
  if (pick(4) == 0)
    with_key(command);
  note(
      "ask" + (in ? " in " + in->to_string() : std::string{}) + " "
      + std::to_string(busy)
      + (command.key ? " key " + command.key->text : std::string{})
      + (command.replace_from ? " in place of another" : ""));
  keys_.push_back(command.key ? command.key->text : std::string{});
  turns_.push_back(world_.ask(std::move(command)));
}

void simulation::replace_some(turn_command& command) {
  std::vector<turn_id> begun;
  for (const auto& [id, turn] : witness_.turns())
    if (turn.stream == stream_of(*command.session))
      begun.push_back(id);
  if (pick(3) == 0)
    command.replace_from = static_cast<std::uint32_t>(pick(6));
  else if (!begun.empty())
    command.replace_from = begun[pick(begun.size())];
}

void simulation::with_key(turn_command& command) {
  if (!with_keys_.empty() && pick(2) == 0) {
    // The same request again, to the letter.
    command = with_keys_[pick(with_keys_.size())];
    return;
  }
  const auto& text = command.messages.front().content;
  command.key = {"k" + std::to_string(with_keys_.size()), sha256(text)};
  with_keys_.push_back(command);
}

void simulation::watch() {
  session_id id;
  if (!some_session(id))
    return;
  watcher one;
  one.session = id;
  if (!watchers_.empty() && pick(2) == 0) {
    // Resumes where another client was.
    const auto& other = watchers_[pick(watchers_.size())];
    if (other.session == id && other.who.sink->last().value > 0)
      one.after = other.who.sink->last();
  } else if (pick(3) == 0) {
    one.after = stream_version{pick(40)};
  }
  note(
      "watch " + id.to_string() + " after "
      + (one.after ? std::to_string(one.after->value) : "the start"));
  one.who = world_.watch(id, one.after);
  watchers_.push_back(std::move(one));
}

void simulation::client_acts() {
  session_id id;
  if (pick(4) == 0 && some_session(id)) {
    note("stop in " + id.to_string());
    stops_.push_back(world_.stop(id));
    return;
  }
  if (pick(8) == 0 && some_session(id)) {
    note("rename " + id.to_string());
    renames_.push_back(world_.rename(id, "name"));
    return;
  }
  if (watchers_.empty())
    return;
  auto index = pick(watchers_.size());
  auto& sink = *watchers_[index].who.sink;
  if (sink.has_left())
    return;
  switch (pick(4)) {
  case 0:
    note("client " + std::to_string(index) + " stops reading");
    return sink.stop_reading();
  case 1:
  case 2:
    note("client " + std::to_string(index) + " reads on");
    return sink.read_on();
  default:
    if (!watchers_[index].who.ticket.is_there())
      return;
    note("client " + std::to_string(index) + " leaves");
    return sink.leave();
  }
}

void simulation::meet_new_attempts() {
  while (attempts_.size() < world_.model().calls())
    attempts_.push_back({world_.model().at(attempts_.size())});
}

void simulation::model_acts() {
  meet_new_attempts();
  std::vector<std::size_t> talking;
  for (std::size_t i = 0; i < attempts_.size(); ++i)
    if (!attempts_[i].ended && !attempts_[i].call->dropped)
      talking.push_back(i);
  if (talking.empty())
    return;
  auto index = talking[pick(talking.size())];
  auto& attempt = attempts_[index];
  auto kind = pick(10);
  note("model call " + std::to_string(index) + ": " + std::to_string(kind));
  if (kind < 6)
    model_speaks(attempt);
  else
    model_ends(attempt, kind);
}

void simulation::model_speaks(attempt& one) {
  // As a backend does, it reads no more while too little came back.
  if (one.said_bytes >= one.call->granted + upstream_window_bytes)
    return;
  auto& said = said_[one.call->request.turn];
  if (pick(8) == 0) {
    one.call->think("hm");
    said += "hm";
    one.said_bytes += 2;
  }
  std::vector<std::string> tokens;
  for (auto count = 1 + pick(4); count > 0; --count)
    tokens.push_back(
        pick(6) == 0
            ? std::string(20'000, 'L')
            : std::string(1 + pick(5), static_cast<char>('a' + pick(26))));
  for (const auto& token : tokens) {
    said += token;
    one.said_bytes += token.size();
  }
  one.call->say(tokens);
}

void simulation::model_ends(attempt& one, std::uint64_t kind) {
  one.ended = true;
  token_usage usage;
  if (pick(2) == 0) {
    usage.source = usage_source::reported;
    usage.prompt = pick(1000);
    usage.completion = pick(1000);
    reported_[one.call->request.turn] = usage;
  } else {
    reported_.erase(one.call->request.turn);
  }
  if (kind < 8)
    one.call->finish(ending::complete, usage);
  else if (kind == 8)
    one.call->fail(ec::upstream_unavailable, true, usage);
  else
    one.call->fail(ec::upstream_truncated, false, usage);
}

void simulation::kill_somebody() {
  session_id id;
  auto kind = pick(10);
  note("kill " + std::to_string(kind));
  switch (kind) {
  case 0:
  case 1:
    if (some_session(id))
      world_.kill(world_.session(id));
    return;
  case 2:
    if (some_session(id))
      world_.kill(world_.worker(id));
    return;
  case 3:
  case 4:
    if (some_session(id))
      if (auto writers = world_.writers(id); !writers.empty())
        world_.kill(writers[pick(writers.size())]);
    return;
  case 5:
    if (some_session(id))
      world_.kill(world_.rt->services.directory(id));
    return;
  case 6:
    return world_.kill(world_.projectors()[pick(2)]);
  case 7:
    return world_.kill(world_.rt->services.gatekeeper());
  case 8:
    if (some_session(id))
      world_.kill(world_.rt->services.reader(id));
    return;
  default:
    return world_.kill(world_.rt->services.registrar());
  }
}

void simulation::disturb_log() {
  auto kind = pick(16);
  note("log " + std::to_string(kind));
  if (kind < 6)
    world_.hold_journal();
  else if (kind < 9)
    world_.hold_readers();
  else if (kind == 9)
    world_.log.refuse_next(ec::too_large);
  else if (kind == 10 && log_fails_)
    world_.log.fail_for_good();
  else if (kind == 11)
    world_.log.break_reads(make_error(ec::storage_failed, "A bad sector."));
  else if (kind == 12)
    world_.log.throw_on_reads(true);
  else if (kind == 13 && drains_)
    drain();
}

void simulation::drain() {
  note("drain");
  world_.rt->draining = true;
  if (pick(2) == 0)
    for (const auto& directory : world_.rt->services.directories())
      caf::anon_send(directory, interrupt_all{"the server is going down"});
}

void simulation::mend_log() {
  world_.log.break_reads({});
  world_.log.throw_on_reads(false);
}

void simulation::quiesce() {
  note("quiesce");
  world_.log.refuse_next(ec::none, 0);
  mend_log();
  for (int round = 0; round < 60; ++round) {
    world_.release();
    world_.replace_dead();
    world_.run();
    meet_new_attempts();
    for (auto& attempt : attempts_)
      if (!attempt.ended && !attempt.call->dropped)
        model_ends(attempt, 6);
    for (const auto& one : watchers_)
      one.who.sink->read_on();
    world_.advance(milliseconds{1000});
  }
}

} // namespace hansard::test
