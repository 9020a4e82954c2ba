#pragma once

#include "actors/messages.hpp"
#include "events/batch.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace hansard {

/// One stream's way to the journal: at most one append is in flight, and what
/// is staged meanwhile leaves together in the next. So a lone token leaves at
/// once, and under load many tokens share a record, without a knob. Plain
/// state; the actor that owns it sends the jobs.
class append_pipeline {
public:
  /// Called when what was staged with it is durable, or with the reason why it
  /// is not.
  using settled = std::function<void(const result<log_position>&)>;

  /// @param last version of the stream's last event.
  append_pipeline(stream_id stream, stream_version last)
      : stream_(stream),
        last_(last) {}

  void stage(timestamp at, event body) { staged().add(at, std::move(body)); }
  /// Joins the run to one staged just before it.
  void stage(const token_run& run);
  /// Calls `f` when everything staged so far has settled.
  /// @pre something is staged or in flight.
  void on_settled(settled f) {
    auto& waiting = staged_ ? callbacks_ : callbacks_in_flight_;
    waiting.push_back(std::move(f));
  }

  /// The next job to send, if something is staged and nothing is in flight.
  append_job_ptr next();

  /// The job in flight is settled. Advances the version and runs the callbacks
  /// of that job, after `publish(batch)` where it is durable.
  void settle(
      const append_settled& done,
      const std::function<void(const batch_ptr&)>& publish);

  /// Nothing more will be sent: runs the callbacks of what is staged.
  void give_up(const error& why);

  /// The stream's last version is this after all; for one who appends facts
  /// that do not depend on it.
  void move_to(stream_version last) { last_ = last; }

  bool idle() const { return !in_flight_ && !staged_ && callbacks_.empty(); }
  stream_version last() const { return last_; }

private:
  event_batch& staged();

  stream_id stream_;
  stream_version last_;
  std::shared_ptr<event_batch> staged_;
  std::vector<settled> callbacks_;
  bool in_flight_ = false;
  std::vector<settled> callbacks_in_flight_;
};

} // namespace hansard
