#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace hansard::test {

/// The seed of a property test: `fallback`, or HANSARD_SEED to replay a run.
/// Tests print it (SCOPED_TRACE) where they fail.
inline std::uint64_t seed_or(std::uint64_t fallback) {
  auto* given = std::getenv("HANSARD_SEED");
  return given ? std::strtoull(given, nullptr, 10) : fallback;
}

/// How many rounds a property test makes: `usual`, or a third of them, at least
/// one, in a thin run (HANSARD_THIN, which tools/test --thin sets).
inline std::uint64_t rounds_of(std::uint64_t usual) {
  return std::getenv("HANSARD_THIN") ? (usual + 2) / 3 : usual;
}

/// Random choices that are the same on every machine, which the standard's
/// distributions are not.
class chooser {
public:
  explicit chooser(std::uint64_t seed) : engine_(seed) {}

  /// 0 to bound - 1. @pre bound > 0.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::string text(std::size_t size) {
    std::string out(size, ' ');
    for (auto& c : out)
      c = static_cast<char>('a' + below(26));
    return out;
  }
  std::string bytes(std::size_t size) {
    std::string out(size, ' ');
    for (auto& c : out)
      c = static_cast<char>(below(256));
    return out;
  }

private:
  std::mt19937_64 engine_;
};

} // namespace hansard::test
