#pragma once

#include "tests/support/actor_fixture.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace hansard::test {

/// A random life of the actors, decided by a seed alone: clients come, go,
/// resume, stop; the model talks, fails, is late; actors are killed and
/// replaced; the log is slow, refuses, fails; mail of different senders arrives
/// in any order. findings() is what broke a promise.
class simulation {
public:
  explicit simulation(std::uint64_t seed);

  void run();
  const std::string& findings() const { return findings_; }
  /// What was done, a line each.
  const std::string& trace() const { return trace_; }

private:
  struct watcher {
    client who;
    session_id session;
    /// Its place was asked for.
    std::optional<stream_version> after;
  };
  struct attempt {
    std::shared_ptr<scripted_backend::call> call;
    bool ended = false;
  };

  // What happens (simulation_acts.cpp).
  void act();
  void ask();
  void watch();
  void client_acts();
  void model_acts();
  void kill_somebody();
  void disturb_log();
  void quiesce();

  // What must hold (simulation.cpp).
  void check_answers();
  void check_stream(const session_id& id);
  void
  check_turns(const session_id& id, const std::vector<recorded_event>& events);
  void check_watcher(const watcher& one);
  void check_projections();
  void check_nothing_is_left();
  void finding(const std::string& what);

  std::uint64_t pick(std::uint64_t n) { return rng_() % n; }
  void note(std::string what) { trace_ += std::move(what) + '\n'; }
  bool some_session(session_id& id);

  std::mt19937_64 rng_;
  chat_world world_;
  std::size_t living_at_start_ = 0;
  bool log_fails_ = false;
  std::vector<session_id> sessions_;
  std::vector<pending<turn_ticket>> turns_;
  std::size_t turns_seen_ = 0;
  std::vector<pending<stop_ticket>> stops_;
  std::vector<pending<stream_version>> renames_;
  std::vector<watcher> watchers_;
  std::vector<attempt> attempts_;
  std::string findings_;
  std::string trace_;
};

} // namespace hansard::test
