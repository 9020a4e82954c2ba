#include "tools/benchmark/microbench.hpp"
#include "tools/benchmark/rows.hpp"

namespace hansard::benchmark {

namespace {

figure rate_of(
    const micro_results& results, std::string what, std::string_view name,
    std::string_view limit, std::string limit_name) {
  figure out;
  out.row = "log";
  out.what = std::move(what);
  out.unit = "events/s";
  out.sense = sense::at_least;
  out.reference_name = std::move(limit_name);
  if (const auto* found = results.find(limit))
    out.reference = found->rate;
  const auto* found = results.find(name);
  if (found && found->rate)
    out.measured = *found->rate;
  else
    out.fault = "hansard-microbench has no " + std::string(name);
  return out;
}

} // namespace

std::vector<figure> measure_log(const run_options& options) {
  const auto results =
      micro_results::run(options, "^(journal|replay_fold|rebuild|raw_)");
  auto journal = rate_of(
      results, "durable events/s, 128 session actors", "journal_sessions/128",
      "raw_append", "raw RocksDB");
  journal.target_ratio = 0.5;
  auto replay = rate_of(
      results, "replay of one session", "replay_fold", "raw_scan", "raw scan");
  replay.target = 300'000;
  auto list = rate_of(
      results, "rebuild of the session list", "rebuild_session_list",
      "raw_scan", "raw scan");
  list.target = 500'000;
  auto history = rate_of(
      results, "rebuild of the message history", "rebuild_message_history",
      "raw_scan", "raw scan");
  history.target = 500'000;
  return {journal, replay, list, history};
}

} // namespace hansard::benchmark
