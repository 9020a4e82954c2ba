#include "http/app/http_app.hpp"
#include "http/routes/admin/identity_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/handlers.hpp"
#include "http/routes/list_answer.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

#include <utility>

namespace hansard::handlers {

namespace {

using kind = json_view::kind;

constexpr std::size_t max_name_characters = 200;
constexpr std::size_t max_token_id_bytes = 512;

struct user_change {
  std::optional<std::string> display_name;
  std::optional<user_role> role;
  std::optional<bool> active;
};

result<void>
take_change(user_change& out, std::string_view name, json_view value) {
  if (name == "active")
    return read_flag(value, name, out.active.emplace());
  if (name == "displayName") {
    auto& text = out.display_name.emplace();
    auto read = read_text(value, name, text);
    if (read && !text.empty() && !is_printable(text, max_name_characters))
      return wrong_member(name, "must be at most 200 printable characters.");
    return read;
  }
  if (name == "role") {
    std::string text;
    if (auto read = read_text(value, name, text); !read)
      return read;
    out.role = role_named(text);
    if (!out.role)
      return wrong_member(name, "must be admin, auditor or member.");
  }
  return {};
}

struct revocation_body {
  tokens_revoked what;
  bool has_time = false;
};

result<void> take_revocation_member(
    revocation_body& out, std::string_view name, json_view value) {
  if (name == "tokenId")
    return read_text(value, name, out.what.token);
  if (name == "userDid")
    return read_text(value, name, out.what.subject);
  if (name != "issuedBefore")
    return {};
  std::string text;
  if (auto read = read_text(value, name, text); !read)
    return read;
  auto at = from_iso8601(text);
  if (!at)
    return wrong_member(name, "must be a time, like 2026-05-28T14:30:00Z.");
  out.what.issued_before_us = to_unix_us(*at);
  out.has_time = true;
  return {};
}

result<tokens_revoked> complete(revocation_body body) {
  auto& what = body.what;
  if (!what.token.empty()) {
    if (!what.subject.empty() || body.has_time
        || what.token.size() > max_token_id_bytes)
      return wrong_member(
          "tokenId", "must stand alone and have at most 512 bytes.");
    return what;
  }
  if (what.subject.empty() && !body.has_time)
    return wrong_member(
        "tokenId", "must be there, or userDid, or issuedBefore.");
  if (!what.subject.empty() && !is_printable(what.subject, max_did_characters))
    return wrong_member("userDid", "must be 1 to 256 printable characters.");
  if (!body.has_time)
    what.issued_before_us = to_unix_us(wall_clock());
  return what;
}

} // namespace

awaitable<response> get_me(exchange& x) {
  std::string out;
  append_json(out, x.who, x.app.actors.access().find_user(x.who.user));
  co_return json_response(std::move(out));
}

awaitable<response> change_user(exchange& x) {
  auto change = read_body<user_change>(x, take_change);
  if (!change)
    co_return refuse(x, change.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto& actors = x.app.actors;
  const auto did = x.path["did"];
  bool first = true;
  // Whoever gets the first of the two through has the version that they ask
  // for; the second is about what the first left. Activity goes first: of the
  // two it is refused for more reasons.
  auto once = [&] {
    return std::exchange(first, false) ? std::move(*expected) : precondition{};
  };
  if (change->active) {
    auto failed = co_await done([&](reply<std::monostate> answer) {
      actors.set_user_active(
          by(x), did, *change->active, std::move(answer), once());
    });
    if (failed)
      co_return refuse(x, *failed);
  }
  if (change->display_name || change->role) {
    auto failed = co_await done([&](reply<std::monostate> answer) {
      actors.change_user(
          by(x), did, change->display_name, change->role, std::move(answer),
          once());
    });
    if (failed)
      co_return refuse(x, *failed);
  }
  auto user = actors.access().find_user(did);
  co_return user ? record_response(x, *user) : refuse(x, no_such_user());
}

awaitable<response> deactivate_user(exchange& x) {
  return answer_done(
      x, [&x](reply<std::monostate> answer, precondition expected) {
        x.app.actors.set_user_active(
            by(x), x.path["did"], false, std::move(answer),
            std::move(expected));
      });
}

awaitable<response> list_keys(exchange& x) {
  const auto& access = x.app.actors.access();
  const auto& did = x.path["did"];
  if (!access.find_user(did))
    co_return refuse(x, no_such_user());
  co_return co_await answer_list(
      x, "keys",
      [&](const list_query& query) { return access.keys_of(did, query); },
      [](std::string& out, const key_record& key) {
        append_json(out, key, {});
      });
}

awaitable<response> revoke_key(exchange& x) {
  auto id = key_id::parse(x.path["keyId"]);
  if (!id)
    co_return refuse(x, make_error(ec::not_found, "There is no such key."));
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, const precondition&) {
        x.app.actors.revoke_key(by(x), x.path["did"], *id, std::move(answer));
      });
}

awaitable<response> revoke_tokens(exchange& x) {
  auto body = read_body<revocation_body>(x, take_revocation_member);
  if (!body)
    co_return refuse(x, body.error());
  auto what = complete(std::move(*body));
  if (!what)
    co_return refuse(x, what.error());
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, const precondition&) {
        x.app.actors.revoke_tokens(by(x), std::move(*what), std::move(answer));
      });
}

} // namespace hansard::handlers
