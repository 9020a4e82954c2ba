#pragma once

#include "actors/controller.hpp"
#include "actors/secrets/credential_vault.hpp"
#include "actors/stream_sink.hpp"
#include "tests/projections/support.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hansard::test {

/// What a transport said to its writer; waits are bounded.
class recorded_feedback final : public sink_feedback {
public:
  void drained() override;
  void closed(stream_version last_sent, std::string reason) override;

  /// The reason; empty: it was not closed in time.
  std::string wait_closed();
  bool wait_drained();
  bool is_closed();
  stream_version last_sent();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int drains_ = 0;
  bool closed_ = false;
  stream_version last_sent_;
  std::string reason_;
};

/// One attach() that the controller took.
struct attachment {
  attach_command command;
  std::shared_ptr<stream_sink> sink;
  std::shared_ptr<recorded_feedback> feedback;
};

/// A controller that does what the test says, over a log in memory and real
/// projections. Commands are kept for the test to look at.
class fake_controller final : public controller {
public:
  fake_controller();

  // What the next calls answer.
  std::optional<error> refuse_turn;
  std::optional<error> refuse_attach;
  bool nothing_to_send = false;
  /// The next turns were begun before, by the same idempotency key.
  bool replayed = false;
  session_activity activity;
  std::optional<error> refuse_admin;
  std::optional<error> refuse_projection;
  std::vector<std::string> in_the_way;
  /// Called with each sink, in the call to attach().
  std::function<void(const attachment&)> on_attach;
  /// Answers start_turn() only when release_turns() is called.
  bool hold_turns = false;
  void release_turns();

  /// Adds a user with a key, as control events.
  void add_user(
      const std::string& did, const std::string& key,
      user_role role = user_role::member);
  void add_agent(const agent_spec& spec);
  void add_grant(const std::string& user, const std::string& agent);
  /// Folds what is in the log into the projections.
  void project();

  event_log& writable_log() { return *log_; }
  log_writer& writer() { return writer_; }

  /// The i-th attach(); waits for it.
  attachment attached(std::size_t i);
  /// The i-th start_turn(); waits for it.
  turn_command turn_asked(std::size_t i);
  std::size_t turns_asked();
  /// What administration recorded: the names of the events.
  std::vector<std::string> recorded();
  /// How many times administration decided something.
  std::size_t times_decided() const { return times_decided_; }
  /// The newest event of a type; nullopt: none was recorded.
  template <class Event>
  std::optional<Event> last_recorded() {
    std::lock_guard lock{mutex_};
    for (auto i = recorded_.rbegin(); i != recorded_.rend(); ++i)
      if (auto* found = std::get_if<Event>(&*i))
        return *found;
    return std::nullopt;
  }
  /// Of the agent that was registered or reconfigured last.
  std::optional<agent_spec> last_agent();

  static session_id session_of_turns() { return session(77); }
  static turn_id running_turn() { return turn(88); }
  static constexpr stream_version turn_after{3};

  void start_turn(turn_command, reply<turn_ticket>) override;
  void attach(attach_command, reply<attach_ticket>) override;
  void stop_turn(stop_command, reply<stop_ticket>) override;
  void rename(
      principal who, std::string request, session_id, std::string title,
      reply<stream_version>, precondition expected) override;
  void look_at(session_id, reply<session_activity> answer) override {
    answer(activity);
  }
  void delete_session(
      principal who, std::string request, session_id, reply<std::monostate>,
      precondition expected) override;
  usage_reader usage() const override { return usage_reader{*rows_}; }
  usage_counters
  counters_of(std::string_view, std::string_view) const override {
    return {};
  }
  const access_directory& access() const override { return access_; }
  const guardrail_directory& guardrails() const override { return guardrails_; }
  credential_vault& vault() override { return vault_; }
  session_list_reader sessions() const override {
    return session_list_reader{*rows_};
  }
  message_history_reader history() const override {
    return message_history_reader{*rows_, *log_};
  }
  const event_log& log() const override { return *log_; }
  void when_projected(
      log_position, std::chrono::milliseconds, reply<std::monostate>) override;
  std::vector<std::string> obstacles() const override { return in_the_way; }
  std::size_t running_turns() const override { return 0; }
  void drain(std::chrono::milliseconds, reply<std::monostate> done) override {
    done(std::monostate{});
  }

private:
  void
  record_all(decisions decide, std::function<void(result<void>)> done) override;
  timestamp now() const override;
  id_bytes new_id() const override;
  void fold(event e);

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  std::unique_ptr<row_store> rows_ = make_memory_row_store();
  log_writer writer_{*log_};
  access_directory access_;
  guardrail_directory guardrails_;
  credential_directory credentials_;
  credential_vault vault_{credentials_};
  std::uint64_t control_version_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<turn_command> turns_;
  std::vector<reply<turn_ticket>> held_;
  std::deque<attachment> attachments_;
  std::vector<event> recorded_;
  std::atomic<std::size_t> times_decided_ = 0;
  mutable std::uint64_t ids_made_ = 0;
};

/// A batch of answer tokens with consecutive versions from `first`.
batch_ptr
token_batch(std::uint64_t first, const std::vector<std::string>& texts);
/// A batch of one event.
batch_ptr event_batch_of(std::uint64_t version, event e);
event completed();
event failed(ec code, std::string reason, ending how = ending::failed);

} // namespace hansard::test
