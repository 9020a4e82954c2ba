#include "events/codec/codec.hpp"
#include "tools/benchmark/micro/sample_log.hpp"

#include <benchmark/benchmark.h>

namespace hansard::benchmark {

namespace {

/// An event as a session has it before each turn.
event sample_event() {
  return *std::get<stamped_event>(turn_opening(new_stream())->items[1]).body;
}

void encode_event(::benchmark::State& state) {
  const auto e = sample_event();
  std::string out;
  for (auto _ : state) {
    out.clear();
    encode(e, out);
    ::benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_event);

void decode_event(::benchmark::State& state) {
  const auto e = sample_event();
  std::string payload;
  encode(e, payload);
  for (auto _ : state) {
    auto read = decode(type_of(e), schema_of(e), payload);
    ::benchmark::DoNotOptimize(read);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_event);

/// A frame of so many tokens, as storage keeps it.
void encode_tokens(::benchmark::State& state) {
  const auto batch =
      token_batch(new_stream(), static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state)
    ::benchmark::DoNotOptimize(encode_items(*batch));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_tokens)->Arg(1)->Arg(16)->Arg(250);

/// Compressing an ended turn of 250 tokens into its sealed record, which is not
/// written.
void seal_turn(::benchmark::State& state) {
  sample_log sample;
  const auto stream = new_stream();
  sample.append({turn_opening(stream)});
  for (int i = 0; i < 62; ++i)
    sample.append({token_batch(stream, 4)});
  sample.append({turn_ending(stream)});
  for (auto _ : state) {
    auto seal = expect(sample.log().prepare_seal(stream), "seal");
    if (!seal)
      state.SkipWithError("nothing to seal");
  }
  state.SetItemsProcessed(state.iterations() * 62 * 4);
}
BENCHMARK(seal_turn);

} // namespace

} // namespace hansard::benchmark
