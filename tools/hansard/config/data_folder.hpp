#pragma once

#include "events/error.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// Whose key `data_folder::admin_key()` holds.
inline constexpr std::string_view first_admin = "did:hansard:admin";

/// The parts of a data folder.
struct data_folder {
  std::string path;

  std::string log() const { return path + "/log"; }
  std::string projections() const { return path + "/projections"; }
  std::string admin_key() const { return path + "/admin.key"; }
};

/// Makes the folder, for its owner alone, and its parents where they are
/// missing. @returns storage_failed.
result<void> make_folder(const std::string& path);

/// The process that holds the log's lock; nullopt: none does.
std::optional<pid_t> holder_of(const data_folder& folder);

/// What a command that reads a data folder needs: it is there, and no server
/// holds it. @returns not_found, storage_locked.
result<void> check_unheld(const data_folder& folder);

/// Replaces a file as a whole, mode 0600, on disk when this returns.
/// @returns storage_failed.
result<void> write_secret(const std::string& path, const std::string& text);

} // namespace hansard
