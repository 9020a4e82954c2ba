#include "http/routes/chat/session_gate.hpp"

#include "actors/controller.hpp"
#include "events/session/session_model.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/handler_tools.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hansard {

namespace {

namespace asio = boost::asio;

asio::awaitable<result<session_summary>> read_row(exchange& x, session_id id) {
  co_return co_await run_query(
      x.app, [&x, id] { return x.app.actors.sessions().find(id); });
}

/// What a row, or its absence, means for the caller.
result<session_summary>
shown_to(const principal& who, result<session_summary> found) {
  if (!found && found.error().code != ec::not_found)
    return found;
  if (!found || !may_see(who, *found))
    return no_such_session();
  return found;
}

asio::awaitable<result<session_summary>>
find_unhidden(exchange& x, session_id id) {
  if (auto ready = co_await projections_ready(x); !ready)
    co_return ready.error();
  co_return shown_to(x.who, co_await read_row(x, id));
}

} // namespace

bool may_see(const principal& who, const session_summary& session) {
  return sees_all(who) || (!session.deleted && who.user == session.owner);
}

asio::awaitable<error> hidden(exchange& x) {
  asio::steady_timer timer{x.context, x.began + x.rules->limits->hide_time};
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return no_such_session();
}

asio::awaitable<result<session_summary>>
find_session(exchange& x, session_id id) {
  auto found = co_await find_unhidden(x, id);
  if (!found && found.error().code == ec::not_found)
    co_return co_await hidden(x);
  co_return found;
}

asio::awaitable<result<void>> may_enter(exchange& x, session_id id) {
  // Who sees all may know what is there.
  if (sees_all(x.who))
    co_return result<void>{};
  auto row = shown_to(x.who, co_await read_row(x, id));
  if (row)
    co_return result<void>{};
  if (row.error().code != ec::not_found)
    co_return row.error();
  // The session may be younger than its row.
  auto found = co_await find_session(x, id);
  if (!found)
    co_return found.error();
  co_return result<void>{};
}

} // namespace hansard
