#include "http/app/http_app.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/tables.hpp"
#include "http/text/limits.hpp"

namespace hansard::handlers {

namespace {

constexpr std::size_t max_token_id_bytes = 512;

struct revocation_body {
  std::string token;
  std::optional<std::string> subject;
  std::optional<timestamp> issued_before;
};

result<void>
read_token_id(json_view value, std::string_view shown, std::string& out) {
  if (auto read = read_text(value, shown, out); !read)
    return read;
  if (out.empty() || out.size() > max_token_id_bytes)
    return wrong_member(shown, "must have 1 to 512 bytes.");
  return {};
}

result<void>
read_instant(json_view value, std::string_view shown, timestamp& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  auto at = from_iso8601(text);
  if (!at)
    return wrong_member(shown, "must be a time, like 2026-05-28T14:30:00Z.");
  out = *at;
  return {};
}

constexpr std::array revocation_members{
    member<&revocation_body::token, read_token_id>("tokenId"),
    member<&revocation_body::subject, printable<max_did_characters>>("userDid"),
    member<&revocation_body::issued_before, read_instant>("issuedBefore"),
};

result<tokens_revoked> complete(revocation_body body) {
  tokens_revoked what;
  if (!body.token.empty()) {
    if (body.subject || body.issued_before)
      return wrong_member("tokenId", "must stand alone.");
    what.token = std::move(body.token);
    return what;
  }
  if (!body.subject && !body.issued_before)
    return wrong_member(
        "tokenId", "must be there, or userDid, or issuedBefore.");
  what.subject = body.subject.value_or(std::string());
  what.issued_before_us = to_unix_us(body.issued_before.value_or(wall_clock()));
  return what;
}

awaitable<response> revoke_tokens(exchange& x) {
  auto body = read_body<revocation_body>(x, revocation_members);
  if (!body)
    co_return refuse(x, body.error());
  auto what = complete(std::move(*body));
  if (!what)
    co_return refuse(x, what.error());
  if (auto met = check_new(x); !met)
    co_return refuse(x, met.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    x.app.actors.revoke_tokens(by(x), std::move(*what), std::move(answer));
  });
  co_return failed ? refuse(x, *failed) : no_content();
}

} // namespace

std::span<const route> token_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{
          {"POST", "/api/tokens/revocations", admin, administering,
           members_of<revocation_members>()},
          revoke_tokens},
  };
  return table;
}

} // namespace hansard::handlers
