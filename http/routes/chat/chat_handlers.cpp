#include "actors/secrets/api_key.hpp"
#include "events/session/session_model.hpp"
#include "events/text/json_text.hpp"
#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"
#include "http/routes/chat/chat_request.hpp"
#include "http/routes/chat/session_gate.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/tables.hpp"
#include "http/stream/chat_stream.hpp"
#include "http/text/text.hpp"

#include <charconv>

namespace hansard::handlers {

namespace {

/// Twice the length of the longest keys in use, and short enough for a log.
constexpr std::size_t max_key_characters = 255;

/// Ends a stream that no connection has taken over.
class stream_owner {
public:
  explicit stream_owner(std::shared_ptr<chat_stream> stream)
      : stream_(std::move(stream)) {}
  stream_owner(const stream_owner&) = delete;
  stream_owner& operator=(const stream_owner&) = delete;
  ~stream_owner() {
    if (stream_)
      stream_->end("gone");
  }
  const std::shared_ptr<chat_stream>& get() const { return stream_; }
  std::shared_ptr<chat_stream> release() { return std::move(stream_); }

private:
  std::shared_ptr<chat_stream> stream_;
};

error too_many_streams() {
  return make_error(
      ec::overloaded, "Too many chats at once. Try again in a moment.");
}

/// Streams that ended between this check and their start are of no harm: the
/// bound holds to within the requests in flight.
bool has_room(const exchange& x) {
  return x.app.streams < x.rules->limits->max_streams;
}

using header_list = std::vector<std::pair<std::string, std::string>>;

response event_stream(
    std::shared_ptr<chat_stream> stream, const session_id& session,
    const turn_id& turn, bool replayed = false,
    const header_list& limits = {}) {
  response out;
  out.content_type = "text/event-stream";
  out.headers = {
      {"Cache-Control", "no-cache, no-store, no-transform"},
      {"X-Accel-Buffering", "no"},
      {"X-Session-Id", session.to_string()},
      {"X-Turn-Id", turn.to_string()}};
  if (replayed)
    out.headers.emplace_back("Idempotent-Replayed", "true");
  out.headers.insert(out.headers.end(), limits.begin(), limits.end());
  out.stream = std::move(stream);
  return out;
}

/// The request's Idempotency-Key: an sf-string, or, as is common, its bare
/// text. nullopt inside: there is none.
result<std::optional<idempotency_key>> key_of(const exchange& x) {
  std::string_view text = x.head.idempotency_key;
  if (text.empty())
    return std::optional<idempotency_key>{};
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  if (!is_printable(text, max_key_characters))
    return wrong_member(
        "Idempotency-Key", "must be 1 to 255 printable characters.");
  return std::optional<idempotency_key>{
      idempotency_key{std::string(text), sha256(x.body)}};
}

/// What the request asks for; its body is gone then.
result<turn_command> read_command(exchange& x) {
  auto key = key_of(x);
  if (!key)
    return key.error();
  auto request = parse_chat_request(x.body);
  x.body = {};
  if (!request)
    return request.error();
  turn_command command;
  command.who = x.who;
  command.request = x.request_id;
  command.trace = x.trace;
  command.agent = std::move(request->agent);
  command.session = request->session;
  command.messages = std::move(request->messages);
  command.history = request->history;
  command.on_busy = request->on_busy;
  command.replace_from = request->replace_from;
  command.key = std::move(*key);
  return command;
}

/// A turn that failed before its first token.
response refuse_turn(
    const exchange& x, const turn_ticket& ticket, const problem& failed) {
  auto out = refuse(x, failed);
  out.headers.emplace_back("X-Session-Id", x.session);
  out.headers.emplace_back("X-Turn-Id", ticket.turn.to_string());
  out.headers.insert(
      out.headers.end(), ticket.limits.begin(), ticket.limits.end());
  return out;
}

/// Begins a turn, in a session that the caller may know of.
awaitable<result<turn_ticket>> start_turn(exchange& x, turn_command& command) {
  if (command.session) {
    auto may = co_await may_enter(x, *command.session);
    if (!may)
      co_return may.error();
  }
  co_return co_await await_reply<turn_ticket>([&](reply<turn_ticket> answer) {
    x.app.actors.start_turn(std::move(command), std::move(answer));
  });
}

/// Attaches `stream` to a session's events.
awaitable<result<attach_ticket>> attach(
    exchange& x, session_id session, turn_id turn,
    std::optional<stream_version> after, std::shared_ptr<chat_stream> stream) {
  attach_command command;
  command.who = x.who;
  command.request = x.request_id;
  command.session = session;
  command.turn = turn;
  command.after = after;
  command.sink = std::move(stream);
  co_return co_await await_reply<attach_ticket>(
      [&](reply<attach_ticket> answer) {
        x.app.actors.attach(std::move(command), std::move(answer));
      });
}

/// Last-Event-ID, or ?startingAfter=. nullopt inside: neither.
result<std::optional<stream_version>> resume_point(const exchange& x) {
  std::string text = x.head.last_event_id;
  std::string_view name = "Last-Event-ID";
  if (text.empty()) {
    text = query_text(x, "startingAfter");
    name = "startingAfter";
  }
  if (text.empty())
    return std::optional<stream_version>{};
  std::uint64_t value = 0;
  auto end = text.data() + text.size();
  auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end)
    return wrong_member(name, "must be an id of this stream, a whole number.");
  return std::optional<stream_version>{stream_version{value}};
}

struct stop_body {
  turn_id turn;
};

result<void> read_turn(json_view value, std::string_view shown, turn_id& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  auto turn = turn_from(text, shown);
  if (!turn)
    return turn.error();
  out = *turn;
  return {};
}

constexpr std::array stop_members{
    member<&stop_body::turn, read_turn>("turnId").or_null(),
};

awaitable<response> post_chat(exchange& x) {
  auto command = read_command(x);
  if (!command)
    co_return refuse(x, command.error());
  if (!has_room(x))
    co_return refuse(x, too_many_streams());
  x.chats_with = command->agent;
  auto ticket = co_await start_turn(x, *command);
  if (!ticket)
    co_return refuse(x, ticket.error());
  x.session = ticket->session.to_string();

  stream_owner stream{std::make_shared<chat_stream>(
      x.context, x.app, x.rules->limits, x.began)};
  auto attached = co_await attach(
      x, ticket->session, ticket->turn, ticket->after, stream.get());
  if (!attached)
    co_return refuse(x, attached.error());
  auto failed = co_await stream.get()->first(x.rules->limits->head_wait);
  if (failed)
    co_return refuse_turn(x, *ticket, *failed);
  co_return event_stream(
      stream.release(), ticket->session, ticket->turn, ticket->replayed,
      ticket->limits);
}

awaitable<response> resume_stream(exchange& x) {
  auto session = session_id::parse(x.path["id"]);
  if (!session) {
    auto why = co_await hidden(x);
    co_return refuse(x, why);
  }
  auto after = resume_point(x);
  if (!after)
    co_return refuse(x, after.error());
  auto turn = turn_from(query_text(x, "turn"), "turn");
  if (!turn)
    co_return refuse(x, turn.error());
  if (!has_room(x))
    co_return refuse(x, too_many_streams());
  x.session = session->to_string();
  auto may = co_await may_enter(x, *session);
  if (!may)
    co_return refuse(x, may.error());

  stream_owner stream{std::make_shared<chat_stream>(
      x.context, x.app, x.rules->limits, std::nullopt)};
  auto attached = co_await attach(x, *session, *turn, *after, stream.get());
  if (!attached)
    co_return refuse(x, attached.error());
  if (attached->nothing_to_send) {
    response none;
    none.status = 204;
    co_return none;
  }
  // No waiting and no early status: what is replayed is the stream as it was,
  // its failure too.
  co_return event_stream(stream.release(), *session, attached->turn);
}

awaitable<response> stop_turn(exchange& x) {
  auto session = session_id::parse(x.path["id"]);
  if (!session) {
    auto why = co_await hidden(x);
    co_return refuse(x, why);
  }
  auto body = read_body<stop_body>(x, stop_members);
  if (!body)
    co_return refuse(x, body.error());
  x.session = session->to_string();
  auto may = co_await may_enter(x, *session);
  if (!may)
    co_return refuse(x, may.error());
  stop_command command{x.who, x.request_id, *session, body->turn};
  auto stopped =
      co_await await_reply<stop_ticket>([&](reply<stop_ticket> answer) {
        x.app.actors.stop_turn(std::move(command), std::move(answer));
      });
  if (!stopped)
    co_return refuse(x, stopped.error());
  std::string out;
  json_object_writer object{out};
  if (stopped->turn.is_nil())
    object.raw("turnId", "null");
  else
    object.text("turnId", stopped->turn.to_string());
  object.close();
  co_return json_response(std::move(out));
}

} // namespace

std::span<const route> chat_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{
          {.method = "POST",
           .path = "/api/chat",
           .access = member,
           .scopes = chatting,
           .streams = true},
          post_chat},
      route{
          {.method = "GET",
           .path = "/api/chat/sessions/{id}/stream",
           .access = member,
           .scopes = either,
           .streams = true},
          resume_stream},
      route{
          {"POST", "/api/chat/sessions/{id}/stop", member, chatting,
           members_of<stop_members>()},
          stop_turn},
  };
  return table;
}

} // namespace hansard::handlers
