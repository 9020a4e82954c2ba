#pragma once

#include "events/error.hpp"
#include "storage/event_log.hpp"
#include "storage/rocksdb/store.hpp"

namespace hansard::detail {

/// event_log::read_all(): merges the rows of `log`, in key order, with the
/// later stretches of the sealed records that were met on the way (or that lie
/// across `from`, which `spans` tells). Positions have no gaps, so that what
/// comes next is always known, and a missing record is found out.
/// @returns corrupt: a position between `from` and the end is missing, or
///          there is something after the end.
result<void>
read_all(const store_view& view, log_position from, const batch_visitor& visit);

} // namespace hansard::detail
