#pragma once

#include "http/auth/authenticator.hpp"
#include "http/server_limits.hpp"

#include <memory>

namespace hansard {

/// What a reload replaces, as one set: whoever keeps it sees all of the old or
/// all of the new. Never changed once it is in force; any thread.
struct server_rules {
  /// Never null; hsts_max_age is 0 without TLS. On its own, for those who keep
  /// them longer than a request lasts.
  std::shared_ptr<const server_limits> limits;
  /// Who finds out who is calling.
  std::shared_ptr<authenticator> callers;
};

using rules_ptr = std::shared_ptr<const server_rules>;

} // namespace hansard
