#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace hansard::test {

/// Another program with pipes on its stdin and stdout; killed when it goes out
/// of scope. Started by exec, so that no thread or lock of the test is in it.
class child_process {
public:
  explicit child_process(const std::vector<std::string>& command);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// The next line of its stdout, without the line feed; waits for it.
  /// nullopt: there are no more.
  std::optional<std::string> read_line();
  /// SIGKILL; returns when the process is gone. Its stdout can still be read.
  void kill();
  void close_stdin();
  /// Waits for its end. @returns its exit code; -1 after a signal.
  int wait();

private:
  pid_t pid_ = -1;
  int stdin_ = -1;
  int stdout_ = -1;
  std::string buffered_;
};

} // namespace hansard::test
