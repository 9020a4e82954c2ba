#pragma once

#include <string>

namespace hansard {

/// Who caused a turn-level event, and by which request.
struct cause {
  /// DID of the user; "hansard" for the server's own doing.
  std::string principal;
  /// Id of the HTTP request; empty for the server's own doing.
  std::string request;

  bool operator==(const cause&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(principal, request);
  }
};

} // namespace hansard
