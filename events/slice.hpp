#pragma once

#include "events/batch.hpp"

#include <cstddef>
#include <cstdint>

/// Cutting what is recorded: the parts keep the versions, times and positions
/// that they had in the whole. Pure.
namespace hansard {

/// A place in a run: behind so many tokens, and so many bytes of text.
struct run_place {
  std::size_t token = 0;
  std::size_t byte = 0;
};

/// The place `tokens` behind `from`. @pre the run has so many.
run_place advance(const token_run& run, run_place from, std::size_t tokens);

/// The tokens between two places of `run`.
token_run slice(const token_run& run, run_place from, run_place to);

/// @pre count <= run.marks.size()
token_run first_of(const token_run& run, std::size_t count);

/// `batch` without its first `skip` events. @pre skip < batch.size().
event_batch drop_front(event_batch batch, std::uint64_t skip);

/// The first `count` events of `batch`, or all of them.
/// @pre count > 0, and the batch is recorded.
batch_ptr first_of(const batch_ptr& batch, std::uint64_t count);

} // namespace hansard
