#include "http/routes/handler_tools.hpp"

#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"

#include <charconv>
#include <chrono>
#include <variant>

namespace hansard {

using kind = json_view::kind;

result<json_view> body_object(const exchange& x) {
  if (x.body.empty())
    return json_view{"{}"};
  if (auto checked = check_json(x.body); !checked)
    return checked.error();
  json_view top{x.body};
  if (!top.is(kind::object))
    return wrong_member("the body", "must be a JSON object.");
  return top;
}

result<std::uint64_t> query_number(
    const exchange& x, std::string_view name, std::uint64_t otherwise,
    std::uint64_t most) {
  auto at = x.query.find(name);
  if (at == x.query.end())
    return otherwise;
  std::uint64_t value = 0;
  auto end = at->second.data() + at->second.size();
  auto [stop, failed] = std::from_chars(at->second.data(), end, value);
  if (failed != std::errc{} || stop != end || value > most)
    return wrong_member(
        name, "must be a whole number of 0 to " + std::to_string(most) + '.');
  return value;
}

std::string query_text(const exchange& x, std::string_view name) {
  auto at = x.query.find(name);
  return at == x.query.end() ? std::string() : at->second;
}

result<turn_id> turn_from(std::string_view text, std::string_view member) {
  if (text.empty())
    return turn_id{};
  auto turn = turn_id::parse(text);
  if (!turn)
    return wrong_member(member, "must be a turn's id, like turn_01HZ….");
  return *turn;
}

boost::asio::awaitable<result<void>> projections_ready(exchange& x) {
  auto& actors = x.app.actors;
  auto patience = x.rules->limits->read_patience;
  auto ready =
      co_await await_reply<std::monostate>([&](reply<std::monostate> answer) {
        actors.when_projected(actors.log().head(), patience, std::move(answer));
      });
  if (!ready)
    co_return ready.error();
  co_return result<void>{};
}

} // namespace hansard
