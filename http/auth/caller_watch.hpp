#pragma once

#include "events/error.hpp"
#include "projections/directory/access.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hansard {

/// Looks, while an answer is streamed, whether the one that it is for may still
/// have it: their credential was not revoked and is not over, and, of an answer
/// that a grant let them ask for, that a grant still would. Where nothing was
/// taken back since the last look it costs two atomic loads. Used on the
/// connection's thread.
class caller_watch {
public:
  /// @param revocations access_directory::revocations() before they were
  ///        authenticated.
  /// @param agent that they chat with; empty: what is streamed takes no grant.
  void begin(principal who, std::uint64_t revocations, std::string agent);
  void end() { *this = {}; }

  /// Why the answer ends here. nullopt: it goes on.
  std::optional<error> find_end(const access_directory& access, timestamp now);

private:
  bool is_shut_out(const access_directory& access, timestamp now);
  bool lost_its_grant(const access_directory& access, timestamp now);

  principal who_;
  std::uint64_t revocations_ = 0;
  std::string agent_;
  /// nullopt: not looked at yet.
  std::optional<std::uint64_t> grants_taken_back_;
  std::optional<timestamp> allowed_until_;
};

} // namespace hansard
