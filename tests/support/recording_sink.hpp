#pragma once

#include "actors/stream_sink.hpp"
#include "events/event.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hansard::test {

/// A client's transport that keeps what it gets.
class recording_sink : public stream_sink {
public:
  recording_sink() = default;

  // What came.
  std::string text() const;
  /// As story_of().
  std::string story() const;
  std::vector<recorded_event> events() const;
  stream_version last() const;
  bool is_finished() const;
  bool has_failed() const { return failure().has_value(); }
  std::optional<error> failure() const;
  /// The writer kept to the contract of stream_sink; empty: it did.
  std::string complaint() const;
  /// Some of what came was live.
  bool was_live() const;
  /// Batches that came.
  std::size_t deliveries() const;
  /// Appends the events that came behind the first `count`.
  void copy_events(std::size_t count, std::vector<recorded_event>& to) const;
  /// Waits for the end, where actors run on threads of their own.
  bool wait_for_end() const;
  bool wait_for_text(std::string_view text) const;

  // What the client does.
  /// Takes nothing from the network for now; what comes makes a backlog.
  void stop_reading() { reads_ = false; }
  /// Reads again: the backlog goes.
  void read_on();
  void leave(std::string reason = "gone");
  bool has_left() const;

  void attached(std::shared_ptr<sink_feedback> writer) override;
  void deliver(batch_ptr batch, stream_version after, bool live) override;
  void finish() override;
  void fail(error why) override;
  std::size_t backlog_bytes() const override { return backlog_; }

private:
  bool ended_locked() const { return finished_ || failure_; }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<sink_feedback> writer_;
  std::vector<recorded_event> events_;
  std::size_t deliveries_ = 0;
  bool attached_ = false;
  bool finished_ = false;
  bool left_ = false;
  bool live_ = false;
  std::optional<error> failure_;
  std::string complaint_;
  std::atomic<bool> reads_{true};
  std::atomic<std::size_t> backlog_{0};
};

} // namespace hansard::test
