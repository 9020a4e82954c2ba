#include "projections/history/message_history.hpp"
#include "projections/projection.hpp"
#include "projections/rows/row_store.hpp"
#include "projections/sessions/session_list.hpp"
#include "tools/benchmark/micro/sample_log.hpp"

#include <benchmark/benchmark.h>

namespace hansard::benchmark {

namespace {

/// rebuild() of one projection into rows on disk.
void rebuild_of(
    ::benchmark::State& state,
    std::unique_ptr<projection> (*make)(row_store&)) {
  sample_log sample;
  sample.fill({.sessions = 128, .turns = 4});
  const sample_folder folder;
  const auto rows = expect(open_row_store(folder.file("rows")), "rows");
  const auto model = make(*rows);
  for (auto _ : state)
    expect(rebuild(*model, sample.log()), "rebuild");
  state.SetItemsProcessed(
      state.iterations() * static_cast<std::int64_t>(sample.events()));
}

void rebuild_session_list(::benchmark::State& state) {
  rebuild_of(state, make_session_list);
}
BENCHMARK(rebuild_session_list)->Unit(::benchmark::kMillisecond);

void rebuild_message_history(::benchmark::State& state) {
  rebuild_of(state, make_message_history);
}
BENCHMARK(rebuild_message_history)->Unit(::benchmark::kMillisecond);

} // namespace

} // namespace hansard::benchmark
