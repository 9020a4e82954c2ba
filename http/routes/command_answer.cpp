#include "http/routes/command_answer.hpp"

#include <utility>

namespace hansard {

boost::asio::awaitable<std::optional<error>>
done(std::function<void(reply<std::monostate>)> ask) {
  auto answer = co_await await_reply<std::monostate>(std::move(ask));
  if (answer)
    co_return std::nullopt;
  co_return answer.error();
}

result<void> check_new(const exchange& x) {
  auto expected = read_precondition(x);
  if (!expected)
    return expected.error();
  return expected->check({});
}

boost::asio::awaitable<response> answer_revoked(
    exchange& x, std::string id,
    std::function<void(reply<std::monostate>)> revoke) {
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  if (auto met = expected->check(id); !met)
    co_return refuse(x, met.error());
  auto failed = co_await done(std::move(revoke));
  co_return failed ? refuse(x, *failed) : no_content();
}

boost::asio::awaitable<response> answer_done(
    exchange& x, std::function<void(reply<std::monostate>, precondition)> ask) {
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    ask(std::move(answer), std::move(*expected));
  });
  co_return failed ? refuse(x, *failed) : no_content();
}

} // namespace hansard
