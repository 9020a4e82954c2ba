#pragma once

#include <string>

namespace hansard {

/// Every setting of all_settings() as Markdown: a heading, then a table a
/// section with key, default, allowed values, flag, variable and meaning. It is
/// the end of docs/configuration.md. Pure.
std::string settings_reference();

} // namespace hansard
