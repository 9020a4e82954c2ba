#pragma once

#include "events/time.hpp"

namespace hansard {

/// UTC now, in the unit of the log's timestamps.
timestamp wall_clock();

} // namespace hansard
