#pragma once

#include "tools/hansard/exit_code.hpp"

#include <string>

namespace hansard {

/// `hansard new-admin-key`: the way back in for an operator whom no key lets in
/// any more. Gives the first administrator one more key, and the role and the
/// activity to use it, by events on the control stream like any other; prints
/// the key on stdout, once. Who can write the data folder could do as much.
struct new_admin_key_command {
  std::string storage_path;

  exit_code run() const;
};

} // namespace hansard
