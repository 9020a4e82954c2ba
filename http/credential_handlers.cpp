#include "actors/credential_vault.hpp"
#include "events/json_text.hpp"
#include "http/await_reply.hpp"
#include "http/handler_tools.hpp"
#include "http/handlers.hpp"
#include "http/http_app.hpp"

#include <map>
#include <vector>

namespace hansard::handlers {

namespace {

struct credential_body {
  std::string name;
  secret_text value;
};

result<void>
take_member(credential_body& out, std::string_view name, json_view value) {
  if (name == "name")
    return read_text(value, name, out.name);
  if (name != "value")
    return {};
  std::string text;
  auto read = read_text(value, name, text);
  out.value = secret_text{text};
  OPENSSL_cleanse(text.data(), text.size());
  return read;
}

/// The agents in service that name each credential.
using users_of_credentials = std::map<std::string, std::vector<std::string>>;

users_of_credentials find_users(const access_directory& access) {
  users_of_credentials out;
  for (const auto& agent : access.agents())
    if (!agent->retired && !agent->spec.credential.empty())
      out[agent->spec.credential].push_back(agent->spec.did);
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

} // namespace

awaitable<response> list_credentials(exchange& x) {
  const auto users = find_users(x.app.actors.access());
  std::string out = R"({"credentials":[)";
  for (const auto& record : x.app.actors.vault().directory().all()) {
    if (out.back() != '[')
      out += ',';
    append_json(out, x, record, users);
  }
  out += "]}";
  co_return json_response(std::move(out));
}

awaitable<response> set_credential(exchange& x) {
  auto body = read_body<credential_body>(x, take_member);
  OPENSSL_cleanse(x.body.data(), x.body.size());
  if (!body)
    co_return refuse(x, body.error());
  auto set = co_await await_reply<credential_record>(
      [&](reply<credential_record> answer) {
        x.app.actors.set_credential(
            {x.who.user, x.request_id}, std::move(body->name), body->value,
            std::move(answer));
      });
  if (!set)
    co_return refuse(x, set.error());
  std::string out;
  append_json(out, x, *set, find_users(x.app.actors.access()));
  co_return json_response(std::move(out), set->values == 1 ? 201 : 200);
}

awaitable<response> remove_credential(exchange& x) {
  auto done =
      co_await await_reply<std::monostate>([&](reply<std::monostate> answer) {
        x.app.actors.remove_credential(
            {x.who.user, x.request_id}, x.path["name"], std::move(answer));
      });
  if (!done)
    co_return refuse(x, done.error());
  response out;
  out.status = 204;
  co_return out;
}

} // namespace hansard::handlers
