#pragma once

#include "tools/benchmark/load.hpp"
#include "tools/benchmark/process.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hansard::benchmark {

/// A folder that is removed, with all in it, at the end. Throws
/// std::filesystem::filesystem_error.
class scratch_folder {
public:
  /// Makes a new folder below `parent`.
  explicit scratch_folder(const std::filesystem::path& parent);
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// A server under load.
struct running_server {
  std::unique_ptr<child_process> process;
  loopback_address address;
  benchmark::dialect dialect = dialect::openai;
  std::string key;
};

/// This program, as its own mock or load generator.
std::filesystem::path own_program();

running_server
start_mock(const std::filesystem::path& folder, const std::vector<int>& cores);

/// nginx as a plain streaming proxy before `upstream`, one worker a core;
/// process empty: it is not installed.
running_server start_nginx(
    const std::filesystem::path& folder, const loopback_address& upstream,
    const std::vector<int>& cores);

struct hansard_options {
  std::filesystem::path program;
  std::filesystem::path data;
  loopback_address upstream;
  /// One agent for each.
  std::vector<mock_model> models;
  std::vector<int> cores;
};

/// Hansard with an empty log. Throws std::runtime_error with what it printed
/// when it does not come up.
running_server start_hansard(
    const std::filesystem::path& folder, const hansard_options& options);

} // namespace hansard::benchmark
