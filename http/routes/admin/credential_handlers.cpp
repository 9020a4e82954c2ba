#include "actors/secrets/credential_vault.hpp"
#include "events/text/hex.hpp"
#include "events/text/json_text.hpp"
#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

#include <map>
#include <vector>

namespace hansard::handlers {

namespace {

struct credential_body {
  std::string name;
  secret_text value;
};

result<void>
read_secret(json_view value, std::string_view shown, secret_text& out) {
  std::string text;
  auto read = read_text(value, shown, text);
  out = secret_text{text};
  OPENSSL_cleanse(text.data(), text.size());
  return read;
}

constexpr std::array credential_members{
    member<&credential_body::name>("name").needed(),
    member<&credential_body::value, read_secret>("value").needed(),
};

/// The agents in service that name each credential.
using users_of_credentials = std::map<std::string, std::vector<std::string>>;

users_of_credentials find_users(const access_directory& access) {
  users_of_credentials out;
  list_query query;
  do {
    auto page = access.agents(query);
    for (const auto& agent : page.entries)
      if (!agent->retired && !agent->spec.credential.empty())
        out[agent->spec.credential].push_back(agent->spec.did);
    query.after = std::move(page.next);
  } while (!query.after.empty());
  return out;
}

void append_json(
    std::string& out, const exchange& x, const credential_record& record,
    const users_of_credentials& users) {
  const auto& sealed = record.sealed;
  auto agents = users.find(sealed.name);
  json_object_writer{out}
      .text("name", sealed.name)
      .text("fingerprint", hex_text(sealed.fingerprint))
      .text("keyId", hex_text(sealed.key))
      .boolean("usable", x.app.actors.vault().opens(sealed))
      .raw("agents", agents == users.end() ? "[]" : texts_json(agents->second))
      .text("setBy", record.by)
      .text("createdAt", to_iso8601(record.created_at))
      .text("updatedAt", to_iso8601(record.updated_at))
      .close();
}

awaitable<response> list_credentials(exchange& x) {
  users_of_credentials users;
  co_return co_await answer_list(
      x, "credentials",
      [&](const list_query& query) {
        users = find_users(x.app.actors.access());
        return x.app.actors.vault().directory().page(query);
      },
      [&](std::string& out, const credential_record& record) {
        append_json(out, x, record, users);
      });
}

awaitable<response> set_credential(exchange& x) {
  auto body = read_body<credential_body>(x, credential_members);
  OPENSSL_cleanse(x.body.data(), x.body.size());
  if (!body)
    co_return refuse(x, body.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto set = co_await await_reply<credential_record>(
      [&](reply<credential_record> answer) {
        x.app.actors.set_credential(
            by(x), std::move(body->name), body->value, std::move(answer),
            std::move(*expected));
      });
  if (!set)
    co_return refuse(x, set.error());
  std::string out;
  append_json(out, x, *set, find_users(x.app.actors.access()));
  co_return tagged_response(
      x, std::move(out), tag_of(*set), set->values == 1 ? 201 : 200);
}

awaitable<response> remove_credential(exchange& x) {
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, precondition expected) {
        x.app.actors.remove_credential(
            by(x), x.path["name"], std::move(answer), std::move(expected));
      });
}

} // namespace

std::span<const route> credential_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/credentials", admin, overseeing}, list_credentials},
      route{
          {"POST", "/api/credentials", admin, administering,
           members_of<credential_members>()},
          set_credential},
      route{
          {"DELETE", "/api/credentials/{name}", admin, administering},
          remove_credential},
  };
  return table;
}

} // namespace hansard::handlers
