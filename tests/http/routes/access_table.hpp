#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hansard::test {

/// What a cell of the matrix in docs/access.md may ask about a request.
struct situation {
  /// The row is about a session, and there is one.
  bool missing = false;
  bool other = false;
  bool deleted = false;
  bool running = false;
  bool granted = false;
};

struct access_row {
  std::string method;
  std::string path;
  bool on_session = false;
  /// anonymous, member, auditor, admin.
  std::vector<std::string> cells;
};

/// The rows of the matrix; a line that is not one is reported as a failure.
std::vector<access_row> access_table();

/// The status that a cell says; 0, and a failure, where it says none.
unsigned status_in(std::string_view cell, const situation& now);

} // namespace hansard::test
