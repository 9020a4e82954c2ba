#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"
#include "actors/session/subscription.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace hansard {

/// What an SSE writer is started with.
struct sse_writer_start {
  /// Names the writer to its session.
  std::uint64_t id = 0;
  session_id session;
  writer_owner_actor owner;
  std::shared_ptr<stream_sink> sink;
  /// The last version that the client has.
  stream_version after;
  /// Recorded batches that the session still had at hand, oldest first: where
  /// they reach back to `after`, the log need not be read.
  std::vector<batch_ptr> recent;
  /// The session's version when the writer was subscribed; from the next one
  /// on it gets live_batch.
  stream_version recorded;
  /// For client_detached, should another session take it over.
  turn_id turn;
  cause by;
};

/// State of an SSE writer: a subscription on one side, a sink on the other.
///
///   session ──live_batch──▶ subscription ──deliver──▶ sink ──▶ client
///   log reader ──page_read──▶    ▲                      │
///                                └──────drained─────────┘
///
/// Over sink_high_water_bytes the subscription is blocked; once the sink has
/// drained, it goes on from the log. The writer ends with the turn's ending,
/// or with its client.
struct sse_writer_state {
  static inline const char* name = "sse_writer";

  explicit sse_writer_state(sse_writer_actor::pointer self)
      : self(self),
        feed({}) {}
  /// However the writer ends, its client is told.
  ~sse_writer_state();

  void start(sse_writer_start what);
  void take(const live_batch& live);
  void take(const page_read& page);
  void drained();
  void closed(const sink_closed& how);
  void somebody_died(const caf::actor_addr& who);
  void owner_died(const caf::actor_addr& who);
  void ask_to_rejoin();
  void take_over(std::uint64_t id, writer_owner_actor owner);

  void run(subscription::step step);
  void read_log();
  void read_again();
  void forget_reader();
  void fail(error why);
  void give_up(error why);

  /// How often, and how many times, a new session is asked for.
  static constexpr std::chrono::milliseconds rejoin_pause{250};
  static constexpr int max_rejoins = 40;

  sse_writer_actor::pointer self;
  runtime_ptr rt;
  sse_writer_start begin;
  subscription feed;
  /// The turn's ending went to the sink, or the sink failed.
  bool ended = false;
  /// The log reader that was asked for a page and has not answered.
  caf::actor_addr reading_from;
  /// Times that it asked to be taken over, since its session died.
  int rejoins = 0;
};

sse_writer_actor::behavior_type sse_writer(
    sse_writer_actor::stateful_pointer<sse_writer_state> self, runtime_ptr rt,
    std::shared_ptr<sse_writer_start> start);

} // namespace hansard
