#include "actors/journal/append_pipeline.hpp"
#include "actors/journal/journal.hpp"
#include "actors/runtime.hpp"
#include "projections/rows/row_store.hpp"
#include "tools/benchmark/micro/sample_log.hpp"

#include <benchmark/benchmark.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/spawn_options.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <future>

namespace hansard::benchmark {

namespace {

/// Appends still to be made, and who waits for the last.
struct quota {
  std::atomic<std::int64_t> left;
  std::atomic<int> appenders;
  std::promise<void> done;
};

struct appender_state {
  static inline const char* name = "appender";
  std::unique_ptr<append_pipeline> pipeline;
};

/// What a session actor is to the journal: one append in flight, a token each,
/// the next one when it is durable.
append_client_actor::behavior_type appender(
    append_client_actor::stateful_pointer<appender_state> self,
    stream_id stream, stream_version last, const journal_actor& journal,
    const std::shared_ptr<quota>& work) {
  self->state.pipeline = std::make_unique<append_pipeline>(stream, last);
  auto append_next = [self, journal, work, stream] {
    if (work->left.fetch_sub(1) <= 0) {
      if (work->appenders.fetch_sub(1) == 1)
        work->done.set_value();
      return self->quit();
    }
    auto& pipeline = *self->state.pipeline;
    pipeline.stage(std::get<token_run>(token_batch(stream, 1)->items[0]));
    self->send(journal, pipeline.next(), append_client_actor{self});
  };
  append_next();
  return {[self, append_next](const append_settled& settled) {
    if (!settled.job->outcome)
      give_up("append", settled.job->outcome.error().message);
    self->state.pipeline->settle(settled, [](const batch_ptr&) {});
    append_next();
  }};
}

void journal_sessions(::benchmark::State& state) {
  constexpr std::int64_t appends = 20'000;
  const auto sessions = static_cast<int>(state.range(0));
  sample_log sample;
  std::vector<stream_id> streams;
  std::vector<std::shared_ptr<event_batch>> openings;
  for (int i = 0; i < sessions; ++i) {
    streams.push_back(new_stream());
    openings.push_back(turn_opening(streams.back()));
  }
  sample.append(openings);

  const auto rows = make_memory_row_store();
  const auto rt = std::make_shared<runtime>(
      controller_options{}, sample.log(), *rows,
      std::map<std::string, std::shared_ptr<llm_backend>>{},
      std::make_shared<prometheus::Registry>(),
      [](const error& e) { give_up("journal", e.message); });
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system(config);
  {
    const auto writer = system.spawn<caf::detached>(journal, rt);
    for (auto _ : state) {
      auto work = std::make_shared<quota>();
      work->left = appends;
      work->appenders = sessions;
      for (const auto& stream : streams)
        system.spawn(
            appender, stream,
            expect(sample.log().version_of(stream), "version"), writer, work);
      work->done.get_future().wait();
    }
    caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  }
  system.await_all_actors_done();
  state.SetItemsProcessed(state.iterations() * appends);
}
BENCHMARK(journal_sessions)
    ->Arg(128)
    ->UseRealTime()
    ->Unit(::benchmark::kMillisecond);

} // namespace

} // namespace hansard::benchmark
