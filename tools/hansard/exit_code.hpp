#pragma once

#include "events/error.hpp"

namespace hansard {

/// How the program ends; the values are those of sysexits(3), so that a
/// supervisor can tell a bad configuration from a bad disk.
enum class exit_code : int {
  ok = 0,
  /// `rebuild --check` found a difference; `events` found no such events.
  different = 1,
  /// `admin` and `apply`: the server refused, or answered what no Hansard does.
  failed = 1,
  /// `apply --dry-run`: there is something to do.
  would_change = 2,
  /// Unknown or missing flags.
  usage = 64,
  /// The log is damaged, or written by a newer Hansard.
  bad_data = 65,
  /// The address can't be listened on; the server can't be reached.
  unavailable = 69,
  /// A fault of the program.
  internal = 70,
  /// The data folder can't be made or opened.
  cannot_create = 73,
  /// The disk failed while serving, or while a command was running.
  io_error = 74,
  /// Another process holds the data folder.
  locked = 75,
  /// The server does not believe the key, or its user may not do that.
  refused = 77,
  /// The configuration is wrong, or the file of `apply`.
  bad_config = 78,
};

/// For what kept a data folder from being opened or read.
inline exit_code exit_code_of(ec code) {
  switch (code) {
  case ec::storage_locked:
    return exit_code::locked;
  case ec::corrupt:
  case ec::format_too_new:
    return exit_code::bad_data;
  case ec::invalid_request:
    return exit_code::bad_config;
  case ec::storage_failed:
  case ec::storage_full:
    return exit_code::io_error;
  default:
    return exit_code::internal;
  }
}

} // namespace hansard
