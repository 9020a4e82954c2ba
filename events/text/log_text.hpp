#pragma once

#include <string>
#include <string_view>

namespace hansard {

/// A value for a log line of the form `name=value`: as it is, or quoted, with
/// quotes and control characters escaped, so that no value can end itself and
/// begin another. At most about 512 bytes of it. Pure.
std::string loggable(std::string_view value);

} // namespace hansard
