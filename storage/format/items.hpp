#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace hansard::detail {

/// Reads what encode_items() wrote: the items of a batch of `events` events.
/// @returns corrupt for anything else. Never reads past the end of `body`,
///          never allocates more than a small multiple of its size.
result<std::vector<batch_item>>
decode_items(std::string_view body, std::uint64_t events);

} // namespace hansard::detail
