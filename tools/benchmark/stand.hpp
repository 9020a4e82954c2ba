#pragma once

#include "tools/benchmark/measure.hpp"
#include "tools/benchmark/targets.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hansard::benchmark {

struct run_options {
  /// The hansard program.
  std::filesystem::path program;
  /// hansard-microbench; its rows are left out where it is missing.
  std::filesystem::path microbench;
  /// Where the data folders go: on the disk that is to be measured.
  std::filesystem::path folder;
  /// Rows by name; empty: all.
  std::vector<std::string> only;
  /// A third of the time, for a look.
  bool quick = false;
};

/// The servers of one row: the mock, nginx before it when it is installed, and
/// Hansard before it with an empty log.
class stand {
public:
  enum class cores {
    /// All share all.
    shared,
    /// The servers measured on the first core, their clients on the others.
    server_on_one,
  };

  stand(
      const run_options& options, const std::vector<mock_model>& models,
      stand::cores cores = cores::shared);

  measurement direct(const load_options& load);
  /// nullopt: nginx is not installed.
  std::optional<measurement>
  through_nginx(const load_options& load, bool watch_memory = false);
  measurement
  through_hansard(const load_options& load, bool watch_memory = false);

  /// Ends Hansard as an operator would. False: it did not end well.
  bool stop_hansard();

  std::filesystem::path data() const { return scratch_.path() / "data"; }

private:
  /// What Hansard said last, for a row that failed.
  std::string log_tail() const;
  measurement
  on(const running_server& server, const load_options& load, bool watch_memory);

  scratch_folder scratch_;
  std::vector<int> server_cores_;
  std::vector<int> client_cores_;
  running_server mock_;
  running_server nginx_;
  running_server hansard_;
};

} // namespace hansard::benchmark
