#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The body of a sealed record: token frames joined into compressed columns.
namespace hansard::detail {

/// Limits of one sealed record; a longer run of frames gives several. They
/// bound what a reader holds at once, and what it unpacks for a page of it.
inline constexpr std::size_t max_sealed_tokens = 16'384;
inline constexpr std::size_t max_sealed_text_bytes = 256 * 1024;

/// Largest column or text section that a reader unpacks: a single frame can be
/// as large as an append.
inline constexpr std::size_t max_section_bytes = 64 * 1024 * 1024;

/// What a sealed record holds.
struct sealed_columns {
  std::vector<position_segment> positions;
  token_run run;
};

/// @pre `run` has tokens, and `positions` count them. The first position is
///      not in the result: it is the record's key.
std::string encode_sealed(
    const std::vector<position_segment>& positions, const token_run& run);

/// @returns corrupt for anything but what encode_sealed() wrote for `events`
///          tokens from position `first`.
result<sealed_columns>
decode_sealed(std::string_view body, log_position first, std::uint64_t events);

} // namespace hansard::detail
