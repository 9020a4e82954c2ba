#pragma once

#include "tools/hansard/exit_code.hpp"

#include <string>

namespace hansard {

/// `hansard rebuild`: folds the projections anew from the log.
struct rebuild_command {
  std::string storage_path;
  /// Folds them in memory and compares them with the stored ones, row by row
  /// and byte by byte, after those have caught up.
  bool check = false;

  /// @returns different: --check found a difference.
  exit_code run() const;
};

} // namespace hansard
