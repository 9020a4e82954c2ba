#pragma once

#include "actors/interfaces.hpp"
#include "events/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hansard {

/// A client that follows a session, by way of its SSE writer.
struct attached_client {
  /// Names it to its session.
  std::uint64_t id = 0;
  sse_writer_actor writer;
  /// What client_detached will say.
  turn_id turn;
  cause by;
};

/// The clients of a session, and what was recorded just now for those that
/// come next. Plain state; the session's actor alone touches it, and monitors
/// the writers.
class attached_clients {
public:
  /// One more is refused.
  static constexpr std::size_t max_clients = 4096;
  /// Batches of the running turn kept for clients that attach.
  static constexpr std::size_t max_recent = 32;

  /// An id that no client had.
  std::uint64_t next_id() { return ++last_id_; }
  void add(attached_client client) { clients_.push_back(std::move(client)); }
  /// @returns the client that left; nullopt: it had left before.
  std::optional<attached_client> remove(std::uint64_t id);

  bool has(const sse_writer_actor& writer) const;
  /// The client of a writer; nullptr: it has left.
  const attached_client* find(const caf::actor_addr& writer) const;
  const std::vector<attached_client>& all() const { return clients_; }
  std::size_t size() const { return clients_.size(); }
  bool empty() const { return clients_.empty(); }
  bool full() const { return clients_.size() >= max_clients; }
  /// Times that the last client left: who waits to see whether one comes back
  /// remembers it.
  std::uint64_t departures() const { return departures_; }

  /// A batch of the running turn; the oldest is dropped for it.
  void remember(batch_ptr batch);
  /// The turn is over, or another one begins.
  void forget() { recent_.clear(); }
  /// Oldest first, without a gap.
  std::vector<batch_ptr> recent() const {
    return {recent_.begin(), recent_.end()};
  }

private:
  std::vector<attached_client> clients_;
  std::uint64_t last_id_ = 0;
  std::uint64_t departures_ = 0;
  std::deque<batch_ptr> recent_;
};

} // namespace hansard
