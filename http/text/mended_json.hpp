#pragma once

#include <string>

namespace hansard {

/// What clients in the field get wrong in JSON bodies, put right in place: a
/// byte order mark goes, and an escaped surrogate without its other half
/// (JavaScript that cuts an emoji) becomes U+FFFD, which no reader behind
/// Hansard trips over. What is not JSON stays what it is. Pure.
void mend_json(std::string& body);

} // namespace hansard
