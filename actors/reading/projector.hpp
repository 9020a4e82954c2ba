#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <string>

namespace hansard {

/// State of a projector.
///
///   log ──catch_up()──▶ projection ◀──committed── journal
///                           │
///                           └──▶ rows + checkpoint ──▶ progress ──▶ waiting
///                                                                   readers
struct projector_state {
  static inline const char* name = "projector";

  explicit projector_state(projector_actor::pointer self) : self(self) {}

  void start(runtime_ptr runtime, std::shared_ptr<projection> what);
  void take(const committed& news);
  result<void> fold(const committed& news);

  projector_actor::pointer self;
  runtime_ptr rt;
  std::shared_ptr<projection> target;
};

/// A PROJECTOR. Spawn it detached: it reads and writes the disk.
projector_actor::behavior_type projector(
    projector_actor::stateful_pointer<projector_state> self, runtime_ptr rt,
    std::shared_ptr<projection> target);

} // namespace hansard
