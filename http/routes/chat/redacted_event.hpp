#pragma once

#include "events/event.hpp"
#include "projections/directory/access.hpp"

namespace hansard {

/// Whether `who` sees what the model said and nobody was shown.
bool sees_withheld(const principal& who);

/// Takes out what only those see: withheld texts, what goes to the model in a
/// message's place, and what rules looked for. The event stays, so that
/// versions have no gaps.
void redact(event& e);

} // namespace hansard
