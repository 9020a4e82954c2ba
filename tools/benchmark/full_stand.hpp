#pragma once

#include "tools/benchmark/stand.hpp"
#include "tools/benchmark/targets.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace hansard::benchmark {

/// Hansard alone, before a data folder that was written by hansard-make-log and
/// that no server closed.
class full_stand {
public:
  explicit full_stand(const run_options& options);

  /// Adds sessions of `tokens` each, as a server leaves them that is killed:
  /// so many with an ended turn, so many with one that runs.
  /// @returns the id of the last one.
  std::string
  add(std::uint32_t ended, std::uint32_t streaming, std::uint32_t tokens);
  /// Brings the projections up to what is there.
  void rebuild();
  /// Starts the server. @returns how long it took until it was ready.
  std::chrono::duration<double> start();

  const running_server& server() const { return server_; }
  /// Of the server: the most that was resident at any time so far.
  std::uint64_t peak_bytes() const;

private:
  std::filesystem::path log() const { return scratch_.path() / "data" / "log"; }

  const run_options& options_;
  scratch_folder scratch_;
  std::uint32_t sessions_ = 0;
  running_server server_;
};

} // namespace hansard::benchmark
