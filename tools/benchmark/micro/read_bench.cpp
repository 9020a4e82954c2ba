#include "events/session/session_model.hpp"
#include "tools/benchmark/micro/raw_store.hpp"
#include "tools/benchmark/micro/sample_log.hpp"

#include <benchmark/benchmark.h>

namespace hansard::benchmark {

namespace {

/// The limit: an iterator over rows of an event each.
void raw_scan(::benchmark::State& state) {
  raw_store store;
  for (int i = 0; i < 1000; ++i)
    store.append(256);
  store.compact();
  for (auto _ : state) {
    const std::unique_ptr<rocksdb::Iterator> at(store.db().NewIterator({}));
    std::size_t bytes = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next())
      bytes += at->value().size();
    ::benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(
      state.iterations() * static_cast<std::int64_t>(store.rows()));
}
BENCHMARK(raw_scan)->Unit(::benchmark::kMillisecond);

/// What wakes a session: its stream, folded. Forty sealed turns.
void replay_fold(::benchmark::State& state) {
  sample_log sample;
  sample.fill({.sessions = 1, .turns = 40});
  for (auto _ : state) {
    session_state session;
    expect(
        sample.log().read_stream(
            sample.streams()[0], stream_version{1},
            [&](const batch_ptr& batch) {
              apply(session, *batch);
              return true;
            }),
        "read");
    ::benchmark::DoNotOptimize(session);
  }
  state.SetItemsProcessed(
      state.iterations() * static_cast<std::int64_t>(sample.events()));
}
BENCHMARK(replay_fold)->Unit(::benchmark::kMillisecond);

/// The same, each event handed out by itself, as an export does.
void replay_each(::benchmark::State& state) {
  sample_log sample;
  sample.fill({.sessions = 1, .turns = 40});
  for (auto _ : state) {
    std::uint64_t events = 0;
    expect(
        sample.log().read_stream(
            sample.streams()[0], stream_version{1},
            [&](const batch_ptr& batch) {
              batch->for_each([&](const recorded_event&) { ++events; });
              return true;
            }),
        "read");
    if (events != sample.events())
      state.SkipWithError("events are missing");
  }
  state.SetItemsProcessed(
      state.iterations() * static_cast<std::int64_t>(sample.events()));
}
BENCHMARK(replay_each)->Unit(::benchmark::kMillisecond);

/// The whole log in the order of its positions.
void read_all(::benchmark::State& state) {
  sample_log sample;
  sample.fill({.sessions = 128, .turns = 4});
  for (auto _ : state) {
    std::uint64_t events = 0;
    expect(
        sample.log().read_all(
            log_position{1},
            [&](const batch_ptr& batch) {
              events += batch->size();
              return true;
            }),
        "read");
    if (events != sample.events())
      state.SkipWithError("events are missing");
  }
  state.SetItemsProcessed(
      state.iterations() * static_cast<std::int64_t>(sample.events()));
}
BENCHMARK(read_all)->Unit(::benchmark::kMillisecond);

} // namespace

} // namespace hansard::benchmark
