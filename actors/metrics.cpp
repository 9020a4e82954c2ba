#include "actors/metrics.hpp"

namespace hansard {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using buckets = prometheus::Histogram::BucketBoundaries;

prometheus::Counter&
counter(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge&
gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& histogram(
    prometheus::Registry& registry, const char* name, const char* help,
    buckets bounds) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, std::move(bounds));
}

} // namespace

actor_metrics::actor_metrics(std::shared_ptr<prometheus::Registry> registry)
    : commit_seconds(histogram(
        *registry, "hansard_commit_seconds",
        "Time of one synced write of a group of appends.",
        {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
         0.5, 1, 5})),
      commit_group_size(histogram(
          *registry, "hansard_commit_group_size",
          "Appends made durable by one synced write.",
          {1, 2, 4, 8, 16, 32, 64, 128, 256, 512})),
      appended_bytes(counter(
          *registry, "hansard_appended_bytes_total",
          "Bytes of event payloads that were made durable.")),
      appended_events(counter(
          *registry, "hansard_appended_events_total",
          "Events that were made durable, each token counted.")),
      refused_appends(counter(
          *registry, "hansard_refused_appends_total",
          "Appends that the log did not take.")),
      journal_queue(gauge(
          *registry, "hansard_journal_queue",
          "Appends that wait for the journal, as of its last group.")),
      running_turns(
          gauge(*registry, "hansard_running_turns", "Turns that are running.")),
      queued_turns(gauge(
          *registry, "hansard_queued_turns",
          "Turns that wait for another one of their session.")),
      live_sessions(gauge(
          *registry, "hansard_live_sessions", "Session actors in memory.")),
      attached_clients(gauge(
          *registry, "hansard_attached_clients",
          "Clients attached to a turn.")),
      writers_fell_behind(counter(
          *registry, "hansard_writers_fell_behind_total",
          "Times a client was too slow for the live stream and went on from "
          "the "
          "log.")),
      actor_restarts(counter(
          *registry, "hansard_actor_restarts_total",
          "Actors that died and were replaced.")),
      refused_turns(counter(
          *registry, "hansard_refused_turns_total",
          "Turns that the gatekeeper refused.")),
      unrecorded_refusals(counter(
          *registry, "hansard_unrecorded_refusals_total",
          "Refusals that were counted here only, because too many waited to be "
          "recorded.")),
      projection_lag(BuildGauge()
                         .Name("hansard_projection_lag_events")
                         .Help("Events that a projection has yet to fold.")
                         .Register(*registry)),
      registry_(registry),
      endings_(BuildCounter()
                   .Name("hansard_turns_total")
                   .Help("Turns that ended, by how they ended.")
                   .Register(*registry)),
      tokens_(BuildCounter()
                  .Name("hansard_tokens_total")
                  .Help("Tokens by agent, as the provider counts them or as "
                        "estimated.")
                  .Register(*registry)) {}

void actor_metrics::turn_ended(const std::string& ending) {
  endings_.Add({{"end", ending}}).Increment();
}

void actor_metrics::tokens(
    const std::string& agent, const std::string& kind, double count) {
  tokens_.Add({{"agent", agent}, {"kind", kind}}).Increment(count);
}

} // namespace hansard
