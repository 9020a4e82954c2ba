#pragma once

#include "tools/benchmark/socket.hpp"

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard::benchmark {

/// Set by SIGINT and SIGTERM; every wait here gives up on it.
extern volatile std::sig_atomic_t stop_asked;

struct interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

struct spawn_options {
  /// Program and arguments; the program is looked up in PATH.
  std::vector<std::string> argv;
  /// Added to this process's environment.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Cores it may run on; empty: any.
  std::vector<int> cores;
  /// Takes its stderr.
  std::string stderr_path;
};

/// A child in a process group of its own, which ends with this object and with
/// this process. Throws std::system_error, interrupted.
class child_process {
public:
  explicit child_process(const spawn_options& options);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  pid_t pid() const { return pid_; }

  /// The next line of its stdout without the line feed; nullopt: it ended, or
  /// the time is over. What it prints is kept in memory, so that a server that
  /// nobody reads from never waits on a full pipe.
  std::optional<std::string> read_line(std::chrono::milliseconds patience);

  /// Waits until it ends by itself. False: the time is over.
  bool wait(std::chrono::milliseconds patience);
  /// CPU time of its whole life, once it has ended.
  double total_cpu_seconds() const { return cpu_seconds_; }

  /// SIGTERM, then SIGKILL to the group when `grace` is over.
  /// @returns true: it ended by itself, with status 0.
  bool stop(std::chrono::milliseconds grace);

private:
  bool reap(int flags);
  bool take_line(std::string& line);

  pid_t pid_ = -1;
  int status_ = 0;
  double cpu_seconds_ = 0;
  /// An anonymous file that is the child's stdout.
  descriptor printed_;
  std::size_t read_ = 0;
};

/// CPU time used so far by a process and its direct children, in seconds.
double cpu_seconds(pid_t pid);

/// Resident memory of a process and its direct children.
std::uint64_t resident_bytes(pid_t pid);

} // namespace hansard::benchmark
