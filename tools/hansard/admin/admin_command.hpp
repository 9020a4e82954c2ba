#pragma once

#include "tools/hansard/admin/call.hpp"
#include "tools/hansard/admin/login.hpp"
#include "tools/hansard/exit_code.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace hansard {

/// `hansard admin`: asks a running server for what one command says.
class admin_command {
public:
  /// @param environment The process's variables that begin with HANSARD_.
  explicit admin_command(std::map<std::string, std::string> environment)
      : environment_(std::move(environment)) {}

  /// Adds `admin` and its commands; their callbacks set `outcome`. Both, and
  /// `this`, outlive the parsing.
  void add_to(CLI::App& app, exit_code& outcome);

private:
  void add_verb(CLI::App& parent, const admin_verb& verb, exit_code& outcome);
  exit_code run(const admin_verb& verb);

  std::map<std::string, std::string> environment_;
  admin_login login_;
  admin_values values_;
  std::string body_file_;
  std::size_t limit_ = 0;
  bool json_ = false;
};

/// Says it on stderr, and how the program ends.
exit_code refuse_call(const error& why);

/// Writes to stdout. @returns io_error: it can't.
exit_code print_out(const std::string& text);

/// Warns on stderr where a key goes over a network unencrypted.
void warn_if_open(const admin_server& server);

} // namespace hansard
