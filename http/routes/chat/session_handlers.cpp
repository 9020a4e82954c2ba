#include "events/session/session_model.hpp"
#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/chat/event_lines.hpp"
#include "http/routes/chat/redacted_event.hpp"
#include "http/routes/chat/session_gate.hpp"
#include "http/routes/chat/session_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"
#include "http/text/text.hpp"

namespace hansard::handlers {

namespace {

/// Of one page of the history read at a time.
constexpr std::size_t history_page_messages = 256;
/// An answer with more text than this is cut there, and says where to go on.
constexpr std::size_t max_history_bytes = 32 * 1024 * 1024;
constexpr std::size_t event_page_bytes = 64 * 1024;
constexpr std::size_t max_title_characters = 200;
constexpr std::size_t max_listed_branches = 200;

struct rename_body {
  std::string title;
};
constexpr std::array rename_members{
    member<&rename_body::title, printable<max_title_characters>>("title")
        .needed(),
};

/// The session in the path, if the caller may see it.
awaitable<result<session_summary>> session_of(exchange& x) {
  auto id = session_id::parse(x.path["id"]);
  if (!id)
    co_return co_await hidden(x);
  x.session = id->to_string();
  co_return co_await find_session(x, *id);
}

struct history_range {
  history_view view = history_view::shown;
  std::uint32_t from = 0;
  /// 0: all.
  std::size_t limit = 0;
  /// nil: the active one.
  turn_id branch;
};

/// The newest branches that were left; nothing where there is none.
result<void> append_branches(
    std::string& out, const message_history_reader& history,
    const session_id& session) {
  auto left = history.branches(session, max_listed_branches);
  if (!left)
    return left.error();
  if (left->empty())
    return {};
  out += ",\"branches\":";
  json_array_writer list{out};
  for (const auto& branch : *left)
    json_object_writer{list.next()}
        .text("branch", branch.turn.to_string())
        .number("messageCount", branch.messages)
        .number("keptMessages", branch.kept)
        .close();
  list.close();
  return {};
}

/// {"messages": […]}, "nextFrom" where more follow, and "branches" where the
/// session has others than the active one.
result<std::string> read_history(
    const message_history_reader& history, const session_id& session,
    history_range range) {
  std::string out = R"({"messages":)";
  json_array_writer list{out};
  auto from = range.from;
  std::size_t left = range.limit == 0 ? SIZE_MAX : range.limit;
  bool more = true;
  while (more && left > 0 && out.size() < max_history_bytes) {
    auto page = history.read(
        session, from, std::min(left, history_page_messages), range.branch);
    if (!page)
      return page.error();
    for (const auto& entry : page->messages)
      append_json(list.next(), entry, range.view);
    from += static_cast<std::uint32_t>(page->messages.size());
    left -= page->messages.size();
    more = page->more && !page->messages.empty();
  }
  list.close();
  if (more)
    out += ",\"nextFrom\":" + std::to_string(from);
  if (auto listed = append_branches(out, history, session); !listed)
    return listed.error();
  out += '}';
  return out;
}

/// A stream's recorded events, read on a query thread while they are sent.
class event_source final : public body_source {
public:
  event_source(http_app& app, const stream_id& stream, bool redacted)
      : app_(app),
        lines_(app.actors.log(), stream, redacted) {}

  awaitable<result<void>> next(std::string& out) override {
    co_return co_await run_query(
        app_, [&] { return lines_.next(out, event_page_bytes); });
  }

private:
  http_app& app_;
  event_lines lines_;
};

awaitable<response> list_sessions(exchange& x) {
  auto limit = read_limit(x);
  if (!limit)
    co_return refuse(x, limit.error());
  auto filter = read_filter(x);
  if (!filter)
    co_return refuse(x, filter.error());
  session_query query;
  query.agent = query_text(x, "agentDid");
  query.cursor = query_text(x, "cursor");
  query.limit = *limit;
  query.filter = std::move(*filter);
  query.owner = query_text(x, "userDid");
  bool all = sees_all(x.who);
  query.deleted = query_text(x, "deleted") == "true";
  if (!all && query.deleted)
    co_return refuse(
        x, make_error(
               ec::forbidden,
               "deleted: only admins and auditors see deleted sessions."));
  if (!all && !query.owner.empty() && query.owner != x.who.user)
    co_return refuse(
        x, make_error(
               ec::forbidden,
               "userDid: only admins and auditors list others' sessions."));
  if (!all)
    query.owner = x.who.user;
  if (auto ready = co_await projections_ready(x); !ready)
    co_return refuse(x, ready.error());
  auto page = co_await run_query(
      x.app, [&] { return x.app.actors.sessions().list(query); });
  if (!page)
    co_return refuse(x, page.error());
  std::string out = R"({"sessions":)";
  json_array_writer list{out};
  for (const auto& session : page->sessions)
    append_json(list.next(), session);
  list.close();
  out += R"(,"nextCursor":)";
  if (page->next_cursor.empty())
    out += "null";
  else
    append_json_string(out, page->next_cursor);
  out += '}';
  co_return json_response(std::move(out));
}

awaitable<response> get_session(exchange& x) {
  auto session = co_await session_of(x);
  if (!session)
    co_return refuse(x, session.error());
  auto now =
      co_await await_reply<session_activity>([&](reply<session_activity> to) {
        x.app.actors.look_at(session->id, std::move(to));
      });
  std::string out;
  append_json(out, *session, now ? *now : session_activity{});
  auto answer = json_response(std::move(out));
  // Of what can be changed of it. The rest changes without it, so it is no
  // reason to send nothing.
  answer.headers.emplace_back("ETag", '"' + tag_of_title(session->title) + '"');
  co_return answer;
}

awaitable<response> rename_session(exchange& x) {
  auto body = read_body<rename_body>(x, rename_members);
  if (!body)
    co_return refuse(x, body.error());
  auto session = co_await session_of(x);
  if (!session)
    co_return refuse(x, session.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto renamed =
      co_await await_reply<stream_version>([&](reply<stream_version> answer) {
        x.app.actors.rename(
            x.who, x.request_id, session->id, std::move(body->title),
            std::move(answer), std::move(*expected));
      });
  if (!renamed)
    co_return refuse(x, renamed.error());
  co_return co_await get_session(x);
}

awaitable<response> delete_session(exchange& x) {
  auto session = co_await session_of(x);
  if (!session)
    co_return refuse(x, session.error());
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, precondition expected) {
        x.app.actors.delete_session(
            x.who, x.request_id, session->id, std::move(answer),
            std::move(expected));
      });
}

awaitable<response> get_messages(exchange& x) {
  auto from = query_number(x, "from", 0, UINT32_MAX);
  if (!from)
    co_return refuse(x, from.error());
  auto limit = query_number(x, "limit", 0, 10'000);
  if (!limit)
    co_return refuse(x, limit.error());
  auto branch = turn_from(query_text(x, "branch"), "branch");
  if (!branch)
    co_return refuse(x, branch.error());
  auto session = co_await session_of(x);
  if (!session)
    co_return refuse(x, session.error());
  history_range range{
      sees_withheld(x.who) ? history_view::everything : history_view::shown,
      static_cast<std::uint32_t>(*from), *limit, *branch};
  auto text = co_await run_query(x.app, [&] {
    return read_history(x.app.actors.history(), session->id, range);
  });
  if (!text)
    co_return refuse(x, text.error());
  co_return json_response(std::move(*text));
}

awaitable<response> get_events(exchange& x) {
  auto session = co_await session_of(x);
  if (!session)
    co_return refuse(x, session.error());
  response out;
  out.content_type = "application/x-ndjson";
  out.source = std::make_unique<event_source>(
      x.app, stream_of(session->id), !sees_withheld(x.who));
  co_return out;
}

} // namespace

std::span<const route> session_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/chat/sessions", member, reading}, list_sessions},
      route{{"GET", "/api/chat/sessions/{id}", member, reading}, get_session},
      route{
          {"PATCH", "/api/chat/sessions/{id}", member, chatting,
           members_of<rename_members>()},
          rename_session},
      route{
          {"DELETE", "/api/chat/sessions/{id}", member, chatting},
          delete_session},
      route{
          {"GET", "/api/chat/sessions/{id}/messages", member, reading},
          get_messages},
      route{
          {.method = "GET",
           .path = "/api/chat/sessions/{id}/events",
           .access = member,
           .scopes = reading,
           .streams = true},
          get_events},
  };
  return table;
}

} // namespace hansard::handlers
