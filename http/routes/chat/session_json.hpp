#pragma once

#include "actors/controller.hpp"
#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"

#include <string>

/// Rows of the read models as the API writes them.
namespace hansard {

void append_json(std::string& out, const session_summary& session);
/// With what goes on in it at the moment.
void append_json(
    std::string& out, const session_summary& session,
    const session_activity& now);

/// `content`, `tool_calls` and unknown members are the bytes that arrived. A
/// member of the message that has the name of one that the server says itself
/// is left out.
/// @param view what a guardrail withheld or changed is for auditors.
enum class history_view { shown, everything };
void append_json(
    std::string& out, const history_entry& entry,
    history_view view = history_view::shown);

} // namespace hansard
