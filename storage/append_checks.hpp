#pragma once

#include "events/error.hpp"
#include "storage/event_log.hpp"

/// What every log asks of a request, so that all refuse alike.
namespace hansard::detail {

/// Whether `request` can be appended to some version of its stream.
/// @returns invalid_request: no batch, no events, nothing encoded, appended
///          before, or a token run whose lengths differ from its text;
///          too_large.
result<void> check_appendable(const append_request& request);

/// Whether `actual`, the version of the stream, is what the writer expects.
/// @returns wrong_expected_version.
result<void>
check_version(const append_request& request, stream_version actual);

} // namespace hansard::detail
