#pragma once

#include "tools/hansard/admin/call.hpp"
#include "tools/hansard/admin/login.hpp"
#include "tools/hansard/apply/difference.hpp"
#include "tools/hansard/exit_code.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace hansard {

/// `hansard apply`: makes a running server have what a file says.
class apply_command {
public:
  /// @param environment The process's variables that begin with HANSARD_.
  explicit apply_command(std::map<std::string, std::string> environment)
      : environment_(std::move(environment)) {}

  /// Adds `apply`; its callback sets `outcome`. Both, and `this`, outlive the
  /// parsing.
  void add_to(CLI::App& app, exit_code& outcome);

private:
  exit_code run();
  result<std::vector<apply_step>>
  plan(const admin_ask& ask, const apply_state& wanted, timestamp now) const;
  exit_code tell(
      std::span<const apply_step> steps, std::size_t done,
      const error* failed) const;

  std::map<std::string, std::string> environment_;
  admin_login login_;
  std::string file_;
  bool dry_run_ = false;
  bool prune_ = false;
  bool json_ = false;
};

/// Does the steps in their order, up to the first that fails.
/// @param done Counts those that were done whole.
/// @returns wrong_expected_version: somebody changed it since it was compared;
///          else as admin_client::ask(). The message names the step.
result<void> do_steps(
    const admin_ask& ask, std::span<const apply_step> steps, std::size_t& done);

} // namespace hansard
