#pragma once

#include "tests/actors/simulation/log_witness.hpp"
#include "tests/support/actor_fixture.hpp"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace hansard::test {

/// A random life of the actors, decided by a seed alone: clients come, go,
/// resume, stop; the model talks, fails, is late; actors are killed and
/// replaced; the log is slow, refuses, fails, can't be read; the server drains;
/// mail of different senders arrives in any order. What must hold is looked at
/// after each message that an actor takes. Lives end well, or by the death of
/// the process. findings() is what broke a promise.
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
    /// Of what it got, so much was compared with the log.
    std::size_t deliveries = 0;
    std::size_t compared = 0;
  };
  struct attempt {
    std::shared_ptr<scripted_backend::call> call;
    bool ended = false;
    std::size_t said_bytes = 0;
  };

  // What happens (simulation_acts.cpp).
  void act();
  void ask();
  void replace_some(turn_command& command);
  void with_key(turn_command& command);
  void watch();
  void client_acts();
  void model_acts();
  void model_speaks(attempt& one);
  void model_ends(attempt& one, std::uint64_t kind);
  void meet_new_attempts();
  void kill_somebody();
  void disturb_log();
  void drain();
  void mend_log();
  void quiesce();
  /// One message.
  void step();

  // What must hold (simulation.cpp).
  void check_step();
  void check_answers();
  void check_ticket(const turn_ticket& ticket);
  void check_key(const std::string& key, const turn_ticket& ticket);
  void check_texts();
  void check_credit();
  void check_delivery(watcher& one);
  void check_usage();
  void check_end_of_process();
  void check_watcher(const watcher& one);
  void check_answered();
  void check_asked_once();
  void check_projections();
  void check_nothing_is_left();
  void finding(const std::string& what);

  std::uint64_t pick(std::uint64_t n) { return rng_() % n; }
  void note(std::string what) { trace_ += std::move(what) + '\n'; }
  bool some_session(session_id& id);

  static constexpr std::uint64_t max_output_tokens = 60;

  std::mt19937_64 rng_;
  chat_world world_;
  std::size_t living_at_start_ = 0;
  bool log_fails_ = false;
  bool drains_ = false;
  bool dies_ = false;
  std::vector<session_id> sessions_;
  std::vector<pending<turn_ticket>> turns_;
  /// The idempotency key of each of those; empty: none.
  std::vector<std::string> keys_;
  /// What was asked with a key, once each.
  std::vector<turn_command> with_keys_;
  std::map<std::string, turn_id> turn_of_key_;
  /// Keys of which a ticket says that its request began the turn.
  std::set<std::string> begun_keys_;
  std::size_t turns_seen_ = 0;
  /// Messages without an answer, of those: one may wait for another's turn.
  std::vector<std::size_t> unanswered_;
  std::vector<pending<stop_ticket>> stops_;
  std::size_t stops_seen_ = 0;
  std::vector<pending<stream_version>> renames_;
  std::vector<watcher> watchers_;
  std::vector<attempt> attempts_;
  log_witness witness_;
  /// What the model said in each turn, and so much of it was compared.
  std::map<turn_id, std::string> said_;
  std::map<turn_id, std::size_t> compared_;
  /// The numbers that it reported last.
  std::map<turn_id, token_usage> reported_;
  std::vector<recorded_event> fresh_;
  std::uint64_t steps_ = 0;
  std::string findings_;
  std::string trace_;
};

} // namespace hansard::test
