#pragma once

#include "events/event.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

/// Random instances of everything that is recorded. The same seed gives the
/// same values on every machine.
namespace hansard::test {

/// HANSARD_TEST_SEED, else a fixed one; printed once so that a failure can be
/// run again.
std::uint64_t base_seed();

class random_source {
public:
  explicit random_source(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  /// @pre bound > 0.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  /// Any 64 bits, but small numbers and the ends as often as large ones.
  std::uint64_t number();
  /// Valid UTF-8 of up to `max_characters`, with what tends to hurt: quotes,
  /// backslashes, control characters, code points of each length.
  std::string text(std::size_t max_characters = 24);
  std::string bytes(std::size_t max_size);
  /// A JSON value of nested objects and arrays.
  std::string json(int depth = 3);
  std::string json_object(int depth = 3);
  /// What a message's `content` can be.
  std::string content();

private:
  std::mt19937_64 engine_;
};

message random_message(random_source& source);

/// How many alternatives `event` has; unknown_event is number 0.
constexpr std::size_t event_kinds = std::variant_size_v<event>;

/// An instance of the alternative `kind`, every member filled.
/// @pre 1 <= kind < event_kinds.
event random_event(random_source& source, std::size_t kind);

} // namespace hansard::test
