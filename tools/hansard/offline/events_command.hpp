#pragma once

#include "tools/hansard/exit_code.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hansard {

/// `hansard events`: prints recorded events as NDJSON on stdout.
struct events_command {
  std::string storage_path;
  /// "sess_…"; empty: the whole log.
  std::string session;
  /// First version of the session, or position of the log, that is printed.
  std::uint64_t from = 1;

  exit_code run() const;
};

} // namespace hansard
