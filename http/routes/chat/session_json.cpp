#include "http/routes/chat/session_json.hpp"

#include "events/text/json_text.hpp"
#include "http/text/request_json.hpp"

#include <algorithm>
#include <array>

namespace hansard {

namespace {

/// What an entry says of itself; a client's members can't speak over it.
constexpr std::array<std::string_view, 15> own_members{
    "role",         "content", "createdAt",     "name",          "tool_calls",
    "tool_call_id", "origin",  "turnId",        "index",         "end",
    "reasoning",    "said",    "saidReasoning", "saidToolCalls", "sent"};

void append_call(std::string& out, const tool_call_withheld& call) {
  json_object_writer{out}
      .number("index", call.index)
      .text("id", call.id)
      .text("name", call.function)
      .text("arguments", call.arguments)
      .close();
}

/// What was said and not shown, or sent and not received.
void add_withheld(json_object_writer& object, const history_entry& entry) {
  if (entry.said)
    object.text("said", *entry.said);
  if (entry.said_reasoning)
    object.text("saidReasoning", *entry.said_reasoning);
  if (!entry.withheld_calls.empty())
    object.raw("saidToolCalls", json_array(entry.withheld_calls, append_call));
  if (entry.sent) {
    std::string sent;
    json_object_writer as_sent{sent};
    as_sent.raw(
        "content", entry.sent->content.empty() ? "null" : entry.sent->content);
    if (!entry.sent->tool_calls.empty())
      as_sent.raw("tool_calls", entry.sent->tool_calls);
    if (!entry.sent->name.empty())
      as_sent.text("name", entry.sent->name);
    as_sent.close();
    object.raw("sent", sent);
  }
}

void add_extra(json_object_writer& object, const std::string& extra) {
  json_view{extra}.each_member([&](std::string_view raw, json_view value) {
    auto name = json_view::unescape(raw);
    if (std::find(own_members.begin(), own_members.end(), name)
        == own_members.end())
      object.raw(name, value.text());
    return true;
  });
}

void add_summary(json_object_writer& object, const session_summary& session) {
  object.text("id", session.id.to_string())
      .text("title", session.title)
      .text("agentDid", session.agent)
      .text("userDid", session.owner)
      .text("createdAt", to_iso8601(session.created_at))
      .text("updatedAt", to_iso8601(session.updated_at))
      .number("messageCount", session.message_count);
  if (!session.running_turn.is_nil())
    object.text("runningTurn", session.running_turn.to_string());
  if (session.last_ending)
    object.text("lastEnd", to_string(*session.last_ending));
  if (session.deleted)
    object.boolean("deleted", true);
}

} // namespace

void append_json(std::string& out, const session_summary& session) {
  json_object_writer object{out};
  add_summary(object, session);
  object.close();
}

void append_json(
    std::string& out, const session_summary& session,
    const session_activity& now) {
  json_object_writer object{out};
  add_summary(object, session);
  auto queued = json_array(now.queued, [](std::string& list, const auto& turn) {
    append_json_string(list, turn.to_string());
  });
  object.raw("queuedTurns", queued)
      .number("attachedClients", now.clients)
      .close();
}

void append_json(
    std::string& out, const history_entry& entry, history_view view) {
  const auto& m = entry.body;
  json_object_writer object{out};
  object.text("role", to_string(m.role))
      .raw("content", m.content.empty() ? "null" : m.content)
      .text("createdAt", to_iso8601(entry.created_at));
  if (!m.name.empty())
    object.text("name", m.name);
  if (!m.tool_calls.empty())
    object.raw("tool_calls", m.tool_calls);
  if (!m.tool_call_id.empty())
    object.text("tool_call_id", m.tool_call_id);
  object.text("origin", to_string(m.origin)).number("index", entry.index);
  if (!entry.turn.is_nil())
    object.text("turnId", entry.turn.to_string());
  if (entry.end)
    object.text("end", to_string(*entry.end));
  if (!entry.reasoning.empty())
    object.text("reasoning", entry.reasoning);
  if (view == history_view::everything)
    add_withheld(object, entry);
  if (!m.extra.empty())
    add_extra(object, m.extra);
  object.close();
}

} // namespace hansard
