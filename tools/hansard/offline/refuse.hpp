#pragma once

#include "events/error.hpp"
#include "tools/hansard/exit_code.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hansard {

/// Says why a command on a data folder ends, and with which code.
inline exit_code refuse(const error& why) {
  fmt::print(stderr, "hansard: {}\n", why.message);
  return why.code == ec::not_found ? exit_code::cannot_create
                                   : exit_code_of(why.code);
}

} // namespace hansard
