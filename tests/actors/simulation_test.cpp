#include "tests/actors/simulation.hpp"

#include <cstdlib>
#include <iostream>

namespace hansard::test {

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

// HANSARD_SIMULATION_SEEDS=N runs N lives; HANSARD_SIMULATION_SEED=N runs the
// one of that seed again and prints what happened in it.
TEST(SimulationTest, NoLifeOfTheActorsBreaksAPromise) {
  auto one = number_from("HANSARD_SIMULATION_SEED", 0);
  auto seeds = number_from("HANSARD_SIMULATION_SEEDS", 300);
  auto first = one > 0 ? one : 1;
  auto last = one > 0 ? one : seeds;
  for (auto seed = first; seed <= last; ++seed) {
    simulation life{seed};
    life.run();
    if (one > 0)
      std::cout << life.trace();
    ASSERT_EQ(life.findings(), "") << "HANSARD_SIMULATION_SEED=" << seed;
  }
}

TEST(SimulationTest, ASeedDecidesEverything) {
  std::string traces[2];
  for (auto& trace : traces) {
    simulation life{7};
    life.run();
    trace = life.trace();
  }
  EXPECT_EQ(traces[0], traces[1]);
}

} // namespace hansard::test
