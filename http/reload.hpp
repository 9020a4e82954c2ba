#pragma once

#include "actors/reply.hpp"
#include "events/facts/cause.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hansard {

/// What reading the configuration anew has done.
struct reload_report {
  /// Of the file, in hexadecimal.
  std::string sha256;
  /// Names of what is different now: "log.level", "agent did:a:1".
  std::vector<std::string> changed;
  /// Settings that are different in the file, and stay as they were.
  std::vector<std::string> needs_restart;
};

/// Reads the configuration anew and puts it in force, or answers with why not:
/// invalid_request: nothing has changed, and the message names each mistake
/// with its place; overloaded: others wait already. Called on any thread;
/// returns at once.
using reload_action = std::function<void(cause by, reply<reload_report>)>;

} // namespace hansard
