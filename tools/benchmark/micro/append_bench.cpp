#include "tools/benchmark/micro/raw_store.hpp"
#include "tools/benchmark/micro/sample_log.hpp"

#include <benchmark/benchmark.h>

namespace hansard::benchmark {

namespace {

/// The limit: synced batches of rows.
void raw_append(::benchmark::State& state) {
  raw_store store;
  const auto rows = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state)
    store.append(rows);
  state.SetItemsProcessed(static_cast<std::int64_t>(store.rows()));
}
BENCHMARK(raw_append)->Arg(256)->UseRealTime();

/// event_log::append with a token of each of so many sessions in a group, the
/// sessions' own encoding included.
void log_append(::benchmark::State& state) {
  sample_log sample;
  std::vector<stream_id> streams;
  std::vector<std::shared_ptr<event_batch>> group;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    streams.push_back(new_stream());
    group.push_back(turn_opening(streams.back()));
  }
  sample.append(group);
  for (auto _ : state) {
    group.clear();
    for (const auto& stream : streams)
      group.push_back(token_batch(stream, 1));
    sample.append(group);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(log_append)->Arg(1)->Arg(128)->Arg(256)->UseRealTime();

} // namespace

} // namespace hansard::benchmark
