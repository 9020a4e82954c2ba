#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace hansard {

/// How long an idempotency key stands for its turn.
inline constexpr std::chrono::hours claim_life{24};

/// The stream of a caller's key: claim_prefix, then 80 bits of SHA-256.
stream_id claim_stream(std::string_view principal, std::string_view key);

/// State of a request claim. A claim is recorded before its turn is, and says
/// which ids the turn will have; a session begins no turn twice. So wherever
/// the first request was cut off, the same request again ends in the same
/// turn:
///
///   read the key's stream ─▶ no claim, or over ─▶ append one at that version
///            ▲                      │ somebody was faster ◀──┘    │
///            └──────────────────────┘                             ▼
///            claim in force ─────────────▶ begin the turn that it names
struct request_claim_state {
  static inline const char* name = "request_claim";

  explicit request_claim_state(request_claim_actor::pointer self)
      : self(self) {}

  void start(runtime_ptr runtime, begin_turn_ptr what);
  void read();
  void take(const page_read& page);
  void decide();
  void claim();
  void settled(const append_settled& done);
  void hand_over();
  void refuse(error why);
  void somebody_died();

  /// Times that another request of the same key may be faster.
  static constexpr int max_reads = 5;

  request_claim_actor::pointer self;
  runtime_ptr rt;
  begin_turn_ptr begin;
  stream_id stream;
  stream_version last;
  /// The newest in the stream, and when it was made.
  std::optional<request_claimed> newest;
  timestamp claimed_at;
  int reads = 0;
  caf::actor_addr reading_from;
};

/// A REQUEST CLAIM.
/// @pre begin->command.key
request_claim_actor::behavior_type request_claim(
    request_claim_actor::stateful_pointer<request_claim_state> self,
    runtime_ptr rt, begin_turn_ptr begin);

} // namespace hansard
