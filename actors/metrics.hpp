#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

namespace hansard {

/// What the actors count. Thread-safe.
struct actor_metrics {
  explicit actor_metrics(std::shared_ptr<prometheus::Registry> registry);

  void turn_ended(const std::string& ending);
  void tokens(const std::string& agent, const std::string& kind, double count);

  prometheus::Histogram& commit_seconds;
  prometheus::Histogram& commit_group_size;
  prometheus::Counter& appended_bytes;
  prometheus::Counter& appended_events;
  prometheus::Counter& refused_appends;
  prometheus::Gauge& journal_queue;
  prometheus::Gauge& running_turns;
  prometheus::Gauge& queued_turns;
  prometheus::Gauge& live_sessions;
  prometheus::Gauge& attached_clients;
  prometheus::Counter& writers_fell_behind;
  prometheus::Counter& actor_restarts;
  prometheus::Counter& refused_turns;
  prometheus::Counter& unrecorded_refusals;
  prometheus::Family<prometheus::Gauge>& projection_lag;

private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& endings_;
  prometheus::Family<prometheus::Counter>& tokens_;
};

} // namespace hansard
