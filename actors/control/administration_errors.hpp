#pragma once

#include "events/error.hpp"

namespace hansard {

inline error no_such_agent() {
  return make_error(ec::not_found, "There is no such agent.");
}

inline error no_such_user() {
  return make_error(
      ec::not_found,
      "There is no such user. Register one with POST /api/users.");
}

} // namespace hansard
