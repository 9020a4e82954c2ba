#pragma once

#include "events/text/trace_context.hpp"

#include <string>
#include <string_view>

namespace hansard {

/// How one request is told from all others. Random bytes are OpenSSL's; any
/// thread.

/// "req_" and a ULID.
std::string new_request_id();

/// The trace that a request is part of, with a span of its own: the caller's
/// where `traceparent` names one, else a new one that is not sampled.
trace_context begin_trace(std::string_view traceparent);

/// The same trace, and a new operation in it.
trace_context next_span(const trace_context& from);

} // namespace hansard
