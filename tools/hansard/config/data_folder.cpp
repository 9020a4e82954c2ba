#include "tools/hansard/config/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hansard {
namespace {

/// A descriptor that is closed.
struct descriptor {
  explicit descriptor(int number) : fd(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  int fd;
};

error failed(std::string_view what, const std::string& path) {
  return make_error(
      ec::storage_failed,
      fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

} // namespace

result<void> make_folder(const std::string& path) {
  std::error_code problem;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty())
    std::filesystem::create_directories(parent, problem);
  if (problem)
    return make_error(
        ec::storage_failed, fmt::format(
                                "Can't make the folder {}: {}", parent.string(),
                                problem.message()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return failed("Can't make the folder", path);
  if (!std::filesystem::is_directory(path, problem))
    return make_error(
        ec::storage_failed, fmt::format("{} is not a folder", path));
  return {};
}

std::optional<pid_t> holder_of(const data_folder& folder) {
  // RocksDB holds an fcntl lock on this file for as long as the log is open.
  const descriptor lock(
      ::open((folder.log() + "/LOCK").c_str(), O_RDWR | O_CLOEXEC));
  if (lock.fd < 0)
    return std::nullopt;
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  if (::fcntl(lock.fd, F_GETLK, &wanted) != 0 || wanted.l_type == F_UNLCK)
    return std::nullopt;
  return wanted.l_pid;
}

result<void> check_unheld(const data_folder& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder.log(), ignored))
    return make_error(
        ec::not_found,
        fmt::format(
            "There is no log in {}; name the data folder with --storage-path.",
            folder.path));
  if (auto holder = holder_of(folder))
    return make_error(
        ec::storage_locked,
        fmt::format(
            "The server with process id {} holds {}; stop it first, or ask it "
            "over HTTP.",
            *holder, folder.path));
  return {};
}

result<void> write_secret(const std::string& path, const std::string& text) {
  const auto draft = path + ".new";
  ::unlink(draft.c_str());
  {
    const descriptor file(
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.fd < 0)
      return failed("Can't make", draft);
    if (::write(file.fd, text.data(), text.size())
            != static_cast<ssize_t>(text.size())
        || ::fsync(file.fd) != 0)
      return failed("Can't write", draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return failed("Can't rename", draft);
  const auto parent = std::filesystem::path(path).parent_path().string();
  const descriptor folder(
      ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd < 0 || ::fsync(folder.fd) != 0)
    return failed("Can't sync", parent);
  return {};
}

} // namespace hansard
