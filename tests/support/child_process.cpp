#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace hansard::test {

child_process::child_process(const std::vector<std::string>& command) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  std::vector<char*> arguments;
  for (const auto& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  auto failed = posix_spawn(
      &pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  stdin_ = in[1];
  stdout_ = out[0];
  if (failed != 0) {
    pid_ = -1;
    throw std::runtime_error("can't start " + command.front());
  }
}

child_process::~child_process() {
  kill();
  close_stdin();
  close(stdout_);
}

std::optional<std::string> child_process::read_line() {
  while (true) {
    auto end = buffered_.find('\n');
    if (end != std::string::npos) {
      auto line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    auto size = read(stdout_, bytes, sizeof(bytes));
    if (size <= 0)
      return std::nullopt;
    buffered_.append(bytes, static_cast<std::size_t>(size));
  }
}

void child_process::kill() {
  if (pid_ < 0)
    return;
  ::kill(pid_, SIGKILL);
  wait();
}

void child_process::close_stdin() {
  if (stdin_ >= 0)
    close(std::exchange(stdin_, -1));
}

int child_process::wait() {
  if (pid_ < 0)
    return -1;
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace hansard::test
