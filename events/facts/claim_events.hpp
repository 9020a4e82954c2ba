#pragma once

#include "events/facts/cause.hpp"
#include "events/ids.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// Idempotency keys (draft-ietf-httpapi-idempotency-key-header-06). Each key of
/// each caller has a stream of its own, named by a hash of the two, and a claim
/// is an append to it at an expected version: of two requests at the same
/// instant one wins, and the log is the index.
namespace hansard {

/// "What this request asks for is that turn", recorded before the turn is.
struct request_claimed {
  static constexpr std::uint16_t type = 16;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "request_claimed";

  cause by;
  std::string key;
  /// Of the body, as it arrived.
  std::array<std::uint8_t, 32> body_sha256{};
  session_id session;
  turn_id turn;

  bool operator==(const request_claimed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(by, key, body_sha256, session, turn);
  }
};

} // namespace hansard
