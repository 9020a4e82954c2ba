#include "tests/actors/simulation/simulation.hpp"

#include <cstdlib>
#include <iostream>

namespace hansard::test {

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Lives are dealt out to this many tests, that they may run side by side.
constexpr std::uint64_t hands = 4;

} // namespace

/// HANSARD_SIMULATION_SEEDS=N makes N lives, from HANSARD_SIMULATION_FIRST on;
/// HANSARD_SIMULATION_SEED=N lives the one of that seed again and prints what
/// happened in it.
class SimulationTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulationTest, NoLifeOfTheActorsBreaksAPromise) {
  auto one = number_from("HANSARD_SIMULATION_SEED", 0);
  auto first = one > 0 ? one : number_from("HANSARD_SIMULATION_FIRST", 1);
  auto count = one > 0 ? 1 : number_from("HANSARD_SIMULATION_SEEDS", 6000);
  for (auto seed = first; seed < first + count; ++seed) {
    if (seed % hands != GetParam())
      continue;
    simulation life{seed};
    life.run();
    if (one > 0)
      std::cout << life.trace();
    ASSERT_EQ(life.findings(), "") << "HANSARD_SIMULATION_SEED=" << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Lives, SimulationTest, testing::Range(std::uint64_t{0}, hands));

TEST(SimulatedLifeTest, ASeedDecidesEverything) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    simulation life{seed};
    life.run();
    simulation again{seed};
    again.run();
    ASSERT_EQ(life.trace(), again.trace()) << "seed " << seed;
    // The trace ends with what is recorded: a life that was cut short would
    // agree with itself too.
    EXPECT_NE(life.trace().find("steps "), std::string::npos);
  }
}

TEST(SimulatedLifeTest, SeedsDiffer) {
  simulation one{1};
  one.run();
  simulation other{2};
  other.run();
  EXPECT_NE(one.trace(), other.trace());
}

} // namespace hansard::test
