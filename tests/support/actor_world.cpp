#include "tests/support/actor_world.hpp"

#include "actors/admission/gatekeeper.hpp"
#include "actors/control/registrar.hpp"
#include "actors/journal/journal.hpp"
#include "actors/reading/page_reader.hpp"
#include "actors/reading/projector.hpp"
#include "actors/session/session.hpp"
#include "actors/session/session_directory.hpp"
#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hansard::test {

namespace {

constexpr auto base_time = std::chrono::seconds{1'750'000'000};

template <class State, class Handle>
auto* actor_in(const Handle& handle) {
  using actor_type = typename Handle::template stateful_base<State>;
  return static_cast<actor_type*>(
      caf::actor_cast<caf::abstract_actor*>(handle));
}

template <class Handle>
bool is_alive(const Handle& handle) {
  return handle
         && !actor_world::is_dead(
             caf::actor_cast<caf::strong_actor_ptr>(handle));
}

} // namespace

actor_world::actor_world(controller_options options)
    : rows_(make_memory_row_store()),
      projectors_(2),
      readers_(service_table::reader_shards) {
  // Actors die by the thousand here, and each says so.
  spdlog::set_level(spdlog::level::off);
  config_.set("scheduler.policy", caf::atom("testing"));
  config_.set("logger.inline-output", true);
  system_ = std::make_unique<caf::actor_system>(config_);
  model_ = std::make_shared<scripted_backend>([this] { return now(); });
  rt = std::make_shared<runtime>(
      options, log, *rows_,
      std::map<std::string, std::shared_ptr<llm_backend>>{{"script", model_}},
      std::make_shared<prometheus::Registry>(),
      [this](error why) { fatal.push_back(std::move(why)); });
  rt->clock = [this] { return now(); };
  rt->new_id = [this] {
    return make_ulid(
        static_cast<std::uint64_t>(to_unix_us(now()) / 1000), 0, ++last_id_);
  };
  rt->jitter = [] { return 0.5; };
  start_journal();
  for (std::size_t i = 0; i < service_table::reader_shards; ++i)
    start_reader(i);
  for (std::size_t i = 0; i < service_table::directory_shards; ++i)
    start_directory(i);
  start_registrar();
  start_gatekeeper();
  for (std::size_t i = 0; i < projectors_.size(); ++i)
    start_projector(i);
  run();
}

actor_world::~actor_world() {
  end_all();
  auto left = living();
  EXPECT_EQ(left, 0u) << "actors that nobody ended";
  // To wait for them would be for ever.
  if (left > 0)
    system_->await_actors_before_shutdown(false);
}

void actor_world::end_all() {
  rt->draining = true;
  rt->stopping = true;
  release();
  // In stages, as the supervisor does; who waits for a journal that is gone is
  // left behind.
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    for (const auto& directory : rt->services.directories())
      caf::anon_send_exit(directory, reason);
    run();
  }
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    caf::anon_send_exit(rt->services.gatekeeper(), reason);
    caf::anon_send_exit(rt->services.registrar(), reason);
    run();
  }
  for (const auto& projector : std::exchange(projectors_, {}))
    caf::anon_send_exit(projector, caf::exit_reason::user_shutdown);
  for (const auto& reader : std::exchange(readers_, {}))
    caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(rt->services.journal(), caf::exit_reason::user_shutdown);
  rt->services.clear();
  run();
  for (const auto& weak : std::exchange(sinks_, {}))
    if (auto sink = weak.lock())
      sink->leave("shutdown");
  run();
  // Delayed messages keep their actors in memory.
  while (scheduler().trigger_timeouts() > 0)
    run();
}

caf::scheduler::test_coordinator& actor_world::scheduler() const {
  return static_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

caf::resumable* actor_world::job_of(const caf::strong_actor_ptr& actor) const {
  return dynamic_cast<caf::resumable*>(
      caf::actor_cast<caf::abstract_actor*>(actor));
}

void actor_world::run() {
  scheduler().run_jobs_filtered(
      [this](caf::resumable* job) { return !held_.contains(job); });
}

bool actor_world::step(std::mt19937_64& rng) {
  auto& jobs = scheduler().jobs;
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (!held_.contains(jobs[i]))
      ready.push_back(i);
  if (ready.empty())
    return false;
  auto at =
      jobs.begin() + static_cast<std::ptrdiff_t>(ready[rng() % ready.size()]);
  std::rotate(jobs.begin(), at, at + 1);
  scheduler().run_once();
  return true;
}

void actor_world::advance(std::chrono::milliseconds time) {
  auto step = std::max(std::chrono::milliseconds{10}, time / 200);
  run();
  while (time.count() > 0) {
    auto now = std::min(step, time);
    scheduler().advance_time(now);
    run();
    time -= now;
  }
}

void actor_world::tick(std::chrono::milliseconds time) {
  scheduler().advance_time(time);
}

timestamp actor_world::now() const {
  auto passed = scheduler().clock().now().time_since_epoch();
  return timestamp{
      base_time
      + std::chrono::duration_cast<std::chrono::microseconds>(passed)};
}

void actor_world::hold_readers() {
  for (const auto& reader : readers_)
    hold(reader);
}

void actor_world::release() { held_.clear(); }

void actor_world::register_agent(agent_spec spec) {
  auto done = command([spec](const access_directory&) -> result<event> {
    return event{agent_registered{spec, {}}};
  });
  EXPECT_TRUE(done.ok());
}

void actor_world::allow(const std::string& user, const std::string& agent) {
  command([user](const access_directory&) -> result<event> {
    return event{user_registered{user, user, user_role::member, {}}};
  });
  grant_id id{rt->new_id()};
  auto done = command([=](const access_directory&) -> result<event> {
    return event{grant_issued{id, user, agent, {"chat"}, 0, {}}};
  });
  EXPECT_TRUE(done.ok());
}

pending<std::monostate> actor_world::command(
    std::function<result<event>(const access_directory&)> decide) {
  pending<std::monostate> answer;
  auto what = std::make_shared<control_command>();
  what->decide = std::move(decide);
  what->done = [reply = answer.as_reply()](result<void> done) {
    if (done)
      reply(std::monostate{});
    else
      reply(done.error());
  };
  caf::anon_send(rt->services.registrar(), control_command_ptr(what));
  run();
  return answer;
}

void actor_world::kill_now(const caf::strong_actor_ptr& actor) {
  if (!actor || is_dead(actor))
    return;
  // Exit messages wait their turn in CAF 0.17; a crash does not.
  caf::actor_cast<caf::abstract_actor*>(actor)->enqueue(
      nullptr, caf::make_message_id(caf::message_priority::high),
      caf::make_message(
          caf::exit_msg{actor->address(), caf::exit_reason::kill}),
      nullptr);
  auto* job = job_of(actor);
  held_.erase(job);
  auto& jobs = scheduler().jobs;
  for (int tries = 0; tries < 16 && !is_dead(actor); ++tries) {
    auto at = std::find(jobs.begin(), jobs.end(), job);
    if (at == jobs.end())
      break;
    std::rotate(jobs.begin(), at, at + 1);
    scheduler().run_once();
  }
  EXPECT_TRUE(is_dead(actor));
}

bool actor_world::is_dead(const caf::strong_actor_ptr& actor) {
  return static_cast<caf::scheduled_actor*>(
             caf::actor_cast<caf::abstract_actor*>(actor))
      ->mailbox()
      .closed();
}

void actor_world::start_journal() {
  rt->services.set_journal(system_->spawn(journal, rt));
}

void actor_world::start_reader(std::size_t shard) {
  readers_[shard] = system_->spawn(log_reader, rt);
  rt->services.set_reader(shard, readers_[shard]);
}

void actor_world::start_directory(std::size_t shard) {
  rt->services.set_directory(
      shard, system_->spawn(session_directory, rt, shard));
}

void actor_world::start_registrar() {
  rt->services.set_registrar(system_->spawn(registrar, rt));
}

void actor_world::start_gatekeeper() {
  rt->services.set_gatekeeper(system_->spawn(gatekeeper, rt));
}

void actor_world::start_projector(std::size_t index) {
  std::shared_ptr<projection> target =
      index == 0 ? make_session_list(*rows_) : make_message_history(*rows_);
  projectors_[index] =
      caf::actor_cast<feed_client_actor>(system_->spawn(projector, rt, target));
}

void actor_world::replace_dead() {
  auto directories = rt->services.directories();
  for (std::size_t i = 0; i < directories.size(); ++i)
    if (!is_alive(directories[i]))
      start_directory(i);
  for (std::size_t i = 0; i < readers_.size(); ++i)
    if (!is_alive(readers_[i]))
      start_reader(i);
  for (std::size_t i = 0; i < projectors_.size(); ++i)
    if (!is_alive(projectors_[i]))
      start_projector(i);
  if (!is_alive(rt->services.registrar()))
    start_registrar();
  if (!is_alive(rt->services.gatekeeper()))
    start_gatekeeper();
}

std::size_t actor_world::shard_of(const session_id& id) const {
  auto mine = rt->services.directory(id);
  auto all = rt->services.directories();
  return static_cast<std::size_t>(
      std::find(all.begin(), all.end(), mine) - all.begin());
}

session_actor actor_world::session(const session_id& id) const {
  auto directory = rt->services.directory(id);
  if (!is_alive(directory))
    return {};
  auto& sessions = actor_in<session_directory_state>(directory)->state.sessions;
  auto found = sessions.find(id);
  if (found == sessions.end() || !is_alive(found->second.actor))
    return {};
  return found->second.actor;
}

llm_worker_actor actor_world::worker(const session_id& id) const {
  auto actor = session(id);
  if (!actor)
    return {};
  const auto& turn = actor_in<session_shell>(actor)->state.turn;
  return turn && is_alive(turn->worker) ? turn->worker : llm_worker_actor{};
}

std::vector<sse_writer_actor> actor_world::writers(const session_id& id) const {
  std::vector<sse_writer_actor> found;
  if (auto actor = session(id))
    for (const auto& w : actor_in<session_shell>(actor)->state.clients.all())
      if (is_alive(w.writer))
        found.push_back(w.writer);
  return found;
}

std::size_t actor_world::sessions_in_memory() const {
  std::size_t count = 0;
  for (const auto& directory : rt->services.directories())
    if (is_alive(directory))
      count +=
          actor_in<session_directory_state>(directory)->state.sessions.size();
  return count;
}

std::shared_ptr<recording_sink> actor_world::new_sink() {
  auto sink = std::make_shared<recording_sink>();
  sinks_.push_back(sink);
  return sink;
}

} // namespace hansard::test
