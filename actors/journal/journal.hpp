#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"

#include <memory>
#include <vector>

namespace hansard {

/// State of the journal.
///
///   appenders ──append_job──▶ waiting ──commit_group──▶ one synced write
///       ▲                                                   │
///       └──────────append_settled───────────────────────────┤
///   followers ◀──────────────committed──────────────────────┘
///
/// The first job after a write sends the journal a commit_group. Mail is
/// served in order, so every job that was already in the mailbox joins the
/// group: its size follows the load, and no timer delays a lone append.
///
/// Tokens alone change no row that anyone looks at before their turn ends, so
/// they do not wake a follower: they go along with what comes next, or when
/// somebody waits for the projections (feed_now).
///
/// A job without a batch is settled when everything sent before it is: so one
/// who takes over from an appender that died learns that nothing of it is on
/// its way any more.
struct journal_state {
  static inline const char* name = "journal";

  explicit journal_state(journal_actor::pointer self) : self(self) {}

  void take(append_job_ptr job, append_client_actor client);
  void take_seal(const write_seal& seal);
  void follow(const feed_client_actor& client);
  void feed(std::size_t feed_index);
  void feed_all();
  void commit();
  void drop_follower(const caf::actor_addr& who);

  /// Groups are closed early at this many jobs, to bound one write's time.
  static constexpr std::size_t max_group = 1024;
  /// A follower that has not asked for more gets at most this many batches
  /// kept; then it is sent to the log.
  static constexpr std::size_t max_kept_batches = 4096;
  static constexpr std::size_t max_kept_bytes = 64 * 1024 * 1024;
  /// This many events, or encoded bytes, are due even if they are tokens.
  static constexpr std::size_t max_late_events = 2048;
  static constexpr std::size_t max_late_bytes = 1024 * 1024;

  struct waiting_job {
    append_job_ptr job;
    append_client_actor client;
    /// It has a batch.
    bool writes;
  };
  struct follower {
    feed_client_actor client;
    bool idle = true;
    bool gap = false;
    /// What is kept is to be sent as soon as the follower is idle.
    bool due = false;
    std::vector<batch_ptr> kept{};
    /// Encoded.
    std::size_t kept_bytes = 0;
    std::size_t kept_events = 0;
  };
  struct fresh_batch {
    batch_ptr batch;
    std::size_t bytes;
  };

  void settle(std::vector<result<log_position>>& outcomes);
  void publish();
  void keep(follower& to);
  void send_to(std::size_t index);

  journal_actor::pointer self;
  runtime_ptr rt;
  std::vector<waiting_job> waiting;
  std::vector<std::unique_ptr<prepared_seal>> seals;
  bool commit_is_due = false;
  bool told_fatal = false;
  std::vector<follower> followers;
  /// Kept between groups, so that a write allocates nothing here.
  std::vector<append_request> requests;
  std::vector<fresh_batch> fresh;
};

/// The JOURNAL. Spawn it detached: a synced write blocks.
journal_actor::behavior_type
journal(journal_actor::stateful_pointer<journal_state> self, runtime_ptr rt);

} // namespace hansard
