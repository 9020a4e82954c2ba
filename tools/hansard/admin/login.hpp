#pragma once

#include "events/error.hpp"
#include "tools/hansard/admin/client.hpp"

#include <map>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace hansard {

/// Which server is asked, and as whom: what the command line and the
/// environment say of it.
struct admin_login {
  std::string server = "http://127.0.0.1:8080";
  /// "-": stdin. Empty: the variable. The key itself is no argument: those
  /// can be read by everybody on the machine.
  std::string key_file;
  std::string ca_file;
  std::string timeout = "60s";
  bool quiet = false;

  /// Adds --server, --key-file, --ca-file, --timeout and --quiet. `this`
  /// outlives the parsing.
  void add_options(CLI::App& command);

  /// Reads the key. @returns invalid_request: something is missing or wrong,
  /// in words that say what to give.
  result<admin_client::options>
  options(const std::map<std::string, std::string>& environment) const;
};

} // namespace hansard
