#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"
#include "tests/support/faulty_event_log.hpp"
#include "tests/support/recording_sink.hpp"
#include "tests/support/scripted_backend.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace hansard::test {

/// An answer that a test waits for.
template <class T>
class pending {
public:
  pending() : state_(std::make_shared<state>()) {}

  reply<T> as_reply() const {
    return reply<T>{[s = state_](result<T> value) {
      ++s->answers;
      s->value = std::move(value);
    }};
  }
  bool is_there() const { return state_->answers > 0; }
  int answers() const { return state_->answers; }
  bool ok() const { return is_there() && state_->value->has_value(); }
  /// @pre ok()
  const T& value() const { return **state_->value; }
  /// none: not there, or no error.
  ec why() const {
    return is_there() && !ok() ? state_->value->error().code : ec::none;
  }
  /// @pre is_there() && !ok()
  error failure() const { return state_->value->error(); }

private:
  struct state {
    std::optional<result<T>> value;
    int answers = 0;
  };
  std::shared_ptr<state> state_;
};

/// The actors on one thread with a clock of their own: mail is delivered when
/// the test says so, timers fire when it advances the clock. What a journal
/// that is held has not taken is not durable.
class actor_world {
public:
  explicit actor_world(controller_options options = {});
  actor_world(const actor_world&) = delete;
  actor_world& operator=(const actor_world&) = delete;
  /// Ends every actor. leaked() actors make it report and go on.
  ~actor_world();

  // Time and mail.
  /// Delivers all mail, but for actors that are held.
  void run();
  /// Delivers one message to an actor picked by `rng`. false: no mail.
  bool step(std::mt19937_64& rng);
  /// Lets time pass, in steps, delivering mail in between.
  void advance(std::chrono::milliseconds time);
  /// Lets time pass at once; the mail of timers that fire stays undelivered.
  void tick(std::chrono::milliseconds time);
  timestamp now() const;
  template <class Handle>
  void hold(const Handle& actor) {
    held_.insert(job_of(caf::actor_cast<caf::strong_actor_ptr>(actor)));
  }
  void hold_journal() { hold(rt->services.journal()); }
  void hold_readers();
  void release();

  /// Ends every actor, as a server that goes down does.
  void end_all();

  // Who may what.
  void register_agent(agent_spec spec);
  void allow(const std::string& user, const std::string& agent = "agent");
  pending<std::monostate>
  command(std::function<result<event>(const access_directory&)> decide);

  // Actors that die. kill() takes effect at once, ahead of other mail.
  template <class Handle>
  void kill(const Handle& actor) {
    kill_now(caf::actor_cast<caf::strong_actor_ptr>(actor));
  }
  void start_journal();
  void start_reader(std::size_t shard);
  void start_directory(std::size_t shard);
  void start_registrar();
  void start_gatekeeper();
  void start_projector(std::size_t index);
  /// Puts new ones in place of services that died, as the supervisor does.
  void replace_dead();
  std::size_t shard_of(const session_id& id) const;
  const std::vector<feed_client_actor>& projectors() const {
    return projectors_;
  }
  /// Its actor, if it is in memory and alive.
  session_actor session(const session_id& id) const;
  llm_worker_actor worker(const session_id& id) const;
  std::vector<sse_writer_actor> writers(const session_id& id) const;
  std::size_t sessions_in_memory() const;
  static bool is_dead(const caf::strong_actor_ptr& actor);
  /// Actors that live now.
  std::size_t living() const { return system_->registry().running(); }

  // Sinks that the world closes at its end.
  std::shared_ptr<recording_sink> new_sink();
  scripted_backend& model() { return *model_; }
  row_store& rows() { return *rows_; }
  caf::actor_system& system() { return *system_; }

  faulty_event_log log;
  std::vector<error> fatal;
  runtime_ptr rt;

private:
  caf::scheduler::test_coordinator& scheduler() const;
  caf::resumable* job_of(const caf::strong_actor_ptr& actor) const;
  void kill_now(const caf::strong_actor_ptr& actor);

  std::unique_ptr<row_store> rows_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<scripted_backend> model_;
  std::vector<std::weak_ptr<recording_sink>> sinks_;
  std::vector<feed_client_actor> projectors_;
  std::vector<log_reader_actor> readers_;
  std::set<caf::resumable*> held_;
  std::uint64_t last_id_ = 0;
};

} // namespace hansard::test
