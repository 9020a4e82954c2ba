#pragma once

#include "actors/admission/refusal_sampler.hpp"
#include "actors/interfaces.hpp"
#include "actors/journal/append_pipeline.hpp"
#include "actors/runtime.hpp"

#include <chrono>
#include <optional>

namespace hansard {

/// State of the gatekeeper: denies by default. Who has neither a grant nor the
/// admin role, or is over a limit, gets no further, and that is recorded on the
/// access stream: one by one, or, in a flood, by their number.
struct gatekeeper_state {
  static inline const char* name = "gatekeeper";

  explicit gatekeeper_state(gatekeeper_actor::pointer self) : self(self) {}

  void start(runtime_ptr runtime);
  void admit(const admit_turn_ptr& what);
  void settled(const append_settled& done);

  /// Why nobody's turn can begin now.
  std::optional<error> no_room();
  /// Records a refusal, and then tells it.
  /// @param before what led to it.
  void refuse(
      turn_refused what, error why, const reply<turn_ticket>& answer,
      std::vector<event> before = {});
  void refuse(const admit_turn_ptr& what, error why, std::string_view rule);
  /// Records how many refusals of the last window have no event.
  void count_refused();
  void flush();
  /// The gatekeeper is to end. Where the whole system does, what it has to
  /// record is recorded first.
  void end(const caf::error& reason);

  /// Refusals that wait to be recorded; further ones are only counted.
  static constexpr std::size_t max_unrecorded = 1000;
  /// How old a look at the free disk space may be.
  static constexpr std::chrono::seconds free_space_age{1};

  gatekeeper_actor::pointer self;
  runtime_ptr rt;
  std::optional<append_pipeline> pipeline;
  std::size_t unrecorded = 0;
  refusal_sampler sampler;
  std::optional<std::chrono::steady_clock::time_point> looked_at_disk;
  bool disk_has_room = true;
  /// It ends once nothing is on its way any more.
  bool ending = false;
};

/// The GATEKEEPER.
gatekeeper_actor::behavior_type gatekeeper(
    gatekeeper_actor::stateful_pointer<gatekeeper_state> self, runtime_ptr rt);

} // namespace hansard
