#include "tools/benchmark/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

namespace hansard::benchmark {

volatile std::sig_atomic_t stop_asked = 0;

namespace {

using clock = std::chrono::steady_clock;

void pin_to(const std::vector<int>& cores) {
  if (cores.empty())
    return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core : cores)
    CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/// In the child, between fork and exec.
[[noreturn]] void become(const spawn_options& options, int out, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(127);
  pin_to(options.cores);
  dup2(out, STDOUT_FILENO);
  if (!options.stderr_path.empty()) {
    const int err =
        open(options.stderr_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (err >= 0)
      dup2(err, STDERR_FILENO);
  }
  for (const auto& [name, value] : options.environment)
    setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv;
  for (const auto& argument : options.argv)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

/// The fields of /proc/<pid>/stat behind the name in parentheses.
std::istringstream stat_fields(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto close = text.rfind(')');
  return std::istringstream(
      close == std::string::npos ? std::string{} : text.substr(close + 1));
}

std::vector<pid_t> with_children(pid_t pid) {
  std::vector<pid_t> out{pid};
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  while (folder) {
    const auto* entry = readdir(folder.get());
    if (!entry)
      break;
    const std::string name = entry->d_name;
    pid_t other = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), other).ec
        != std::errc{})
      continue;
    char state = 0;
    pid_t parent = 0;
    if (stat_fields(other) >> state >> parent && parent == pid)
      out.push_back(other);
  }
  return out;
}

} // namespace

child_process::child_process(const spawn_options& options)
    : printed_(memfd_create("stdout", MFD_CLOEXEC)) {
  if (!printed_)
    throw std::system_error(errno, std::generic_category(), "memfd_create");
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ < 0)
    throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0)
    become(options, printed_.get(), parent);
  setpgid(pid_, pid_);
}

child_process::~child_process() { stop(std::chrono::milliseconds{2000}); }

bool child_process::take_line(std::string& line) {
  char buffer[4096];
  std::string text;
  auto at = static_cast<off_t>(read_);
  for (;;) {
    const auto n = pread(printed_.get(), buffer, sizeof buffer, at);
    if (n <= 0)
      return false;
    text.append(buffer, static_cast<std::size_t>(n));
    at += n;
    if (const auto end = text.find('\n'); end != std::string::npos) {
      line = text.substr(0, end);
      read_ += end + 1;
      return true;
    }
  }
}

std::optional<std::string>
child_process::read_line(std::chrono::milliseconds patience) {
  const auto deadline = clock::now() + patience;
  std::string line;
  for (;;) {
    const bool ended = pid_ < 0 || reap(WNOHANG);
    if (take_line(line))
      return line;
    if (ended || clock::now() >= deadline)
      return std::nullopt;
    if (stop_asked)
      throw interrupted{};
    usleep(2000);
  }
}

bool child_process::reap(int flags) {
  rusage used{};
  if (wait4(pid_, &status_, flags, &used) != pid_)
    return false;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  cpu_seconds_ = seconds(used.ru_utime) + seconds(used.ru_stime);
  pid_ = -1;
  return true;
}

bool child_process::wait(std::chrono::milliseconds patience) {
  const auto deadline = clock::now() + patience;
  while (pid_ > 0 && !reap(WNOHANG)) {
    if (clock::now() >= deadline)
      return false;
    if (stop_asked)
      throw interrupted{};
    usleep(2000);
  }
  return true;
}

bool child_process::stop(std::chrono::milliseconds grace) {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    const auto deadline = clock::now() + grace;
    while (!reap(WNOHANG)) {
      if (clock::now() >= deadline) {
        kill(-pid_, SIGKILL);
        reap(0);
        break;
      }
      usleep(2000);
    }
  }
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

double cpu_seconds(pid_t pid) {
  double sum = 0;
  for (const auto each : with_children(pid)) {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(each, &clock) == 0
        && clock_gettime(clock, &used) == 0)
      sum += static_cast<double>(used.tv_sec)
             + static_cast<double>(used.tv_nsec) / 1e9;
  }
  return sum;
}

std::uint64_t resident_bytes(pid_t pid) {
  std::uint64_t sum = 0;
  for (const auto each : with_children(pid)) {
    // Unlike statm, smaps_rollup counts the pages and not per-CPU estimates.
    std::ifstream file("/proc/" + std::to_string(each) + "/smaps_rollup");
    std::string word;
    while (file >> word) {
      std::uint64_t kib = 0;
      if (word == "Rss:" && file >> kib) {
        sum += kib * 1024;
        break;
      }
    }
  }
  return sum;
}

} // namespace hansard::benchmark
