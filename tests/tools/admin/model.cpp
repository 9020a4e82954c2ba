#include "tests/tools/admin/model.hpp"

#include "http/message/router.hpp"
#include "tools/hansard/admin/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <functional>

namespace hansard::test {
namespace {

namespace json = boost::json;

constexpr std::size_t page_size = 3;

std::string text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  return value && value->is_string() ? std::string(value->get_string())
                                     : std::string();
}

/// A member of the body that the server does not know at that route; empty:
/// there is none.
std::string unknown_member_of(const admin_call& call) {
  const auto found = find_route(call.method, call.target);
  if (!found || !found->route)
    return "the route";
  const auto known = routes()[*found->route].body;
  json::error_code ignored;
  const auto body = json::parse(call.body, ignored);
  if (known.empty() || !body.is_object())
    return {};
  for (const auto& [name, unused] : body.get_object())
    if (std::none_of(known.begin(), known.end(), [&](const auto& member) {
          return member.name == std::string_view(name);
        }))
      return std::string(name);
  return {};
}

std::string tag_of(const json::object& thing) {
  return '"' + std::to_string(std::hash<std::string>{}(json::serialize(thing)))
         + '"';
}

error refused(ec code) { return make_error(code, "refused"); }

/// Headers go in, and their names come out.
void hide_headers(json::object& agent) {
  if (const auto* headers = agent.if_contains("headers")) {
    json::array names;
    for (const auto& [name, value] : headers->as_object())
      names.push_back(json::string(name));
    agent["headerNames"] = std::move(names);
    agent.erase("headers");
  }
}

} // namespace

/// A list, and one of its elements.
struct admin_model::route {
  std::string member;
  std::string key_member;
  things* list = nullptr;
  /// Path of the list, decoded; of grants.
  std::string path;
  std::string owner;
  bool of_group = false;
  std::string key;
  std::string cursor;
};

admin_model::admin_model() {
  users["did:self"] = {
      {"did", "did:self"},
      {"displayName", "Self"},
      {"role", "admin"},
      {"active", true}};
}

admin_model::route admin_model::find(std::string_view target) {
  const auto url =
      boost::urls::parse_origin_form({target.data(), target.size()});
  std::vector<std::string> parts;
  for (auto segment : url->segments())
    parts.emplace_back(segment);
  route at;
  for (auto parameter : url->params())
    if (parameter.key == "cursor")
      at.cursor = std::string(parameter.value);
  at.member = parts.at(1);
  std::size_t key = 2;
  if (parts.size() > 3 && parts[3] == "grants") {
    at.member = "grants";
    at.owner = parts[2];
    at.of_group = parts[1] == "groups";
    at.path = parts[1] + '/' + parts[2];
    at.list = &grants[at.path];
    key = 4;
  } else {
    at.list = at.member == "credentials"  ? &credentials
              : at.member == "agents"     ? &agents
              : at.member == "users"      ? &users
              : at.member == "guardrails" ? &guardrails
                                          : &policies;
    at.key_member = at.member == "guardrails" || at.member == "credentials"
                        ? "name"
                        : "did";
  }
  if (parts.size() > key)
    at.key = parts[key];
  return at;
}

result<admin_answer> admin_model::ask(const admin_call& call) {
  if (call.target == "/api/users/me")
    return admin_answer{200, R"({"did":"did:self"})", {}};
  if (call.target.starts_with("/api/groups?")) {
    json::array list;
    for (const auto& [path, unused] : grants)
      if (path.starts_with("groups/"))
        list.push_back(json::object{{"name", path.substr(7)}});
    return admin_answer{
        200, json::serialize(json::object{{"groups", std::move(list)}}), {}};
  }
  auto at = find(call.target);
  if (call.method == "GET")
    return read(at, call);
  if (++writes == failing_write)
    return refused(ec::upstream_failed);
  if (const auto unknown = unknown_member_of(call); !unknown.empty())
    return make_error(ec::invalid_request, unknown + ": is not known.");
  return write(at, call);
}

result<admin_answer>
admin_model::read(const route& at, const admin_call&) const {
  if (!at.key.empty()) {
    const auto found = at.list->find(at.key);
    if (found == at.list->end())
      return refused(ec::not_found);
    return admin_answer{
        200, json::serialize(found->second), tag_of(found->second)};
  }
  if (at.member == "grants" && !at.of_group && !users.contains(at.owner))
    return refused(ec::not_found);
  json::array page;
  json::value next;
  for (auto one = at.list->upper_bound(at.cursor); one != at.list->end();
       ++one) {
    if (page.size() == page_size) {
      next = std::prev(one)->first;
      break;
    }
    page.push_back(one->second);
  }
  return admin_answer{
      200,
      json::serialize(
          json::object{{at.member, std::move(page)}, {"nextCursor", next}}),
      {}};
}

error admin_model::check_grant(
    const route& at, const json::object& body) const {
  const auto agent = text_of(body, "agentDid");
  const bool good = (at.of_group || users.contains(at.owner))
                    && (agent == "*" || agents.contains(agent));
  return refused(good ? ec::none : ec::not_found);
}

result<admin_answer>
admin_model::make(route& at, const admin_call& call, json::object body) {
  auto key = text_of(body, at.key_member);
  if (at.member == "grants") {
    if (auto wrong = check_grant(at, body); wrong.code != ec::none)
      return wrong;
    key = "grant_" + std::to_string(++last_id_);
    body["id"] = key;
    body[at.of_group ? "group" : "userDid"] = at.owner;
    body["revoked"] = false;
  }
  if (at.member == "policies") {
    key.clear();
    for (const auto& [id, policy] : policies)
      if (text_of(policy, "scope") == text_of(body, "scope")
          && text_of(policy, "subject") == text_of(body, "subject"))
        key = id;
    if (key.empty())
      key = "policy_" + std::to_string(++last_id_);
    body["id"] = key;
  }
  const bool is_there = at.list->contains(key);
  const bool replaces = at.member == "policies" || at.member == "guardrails";
  if (is_there && (call.only_new || !replaces))
    return refused(ec::already_exists);
  if (at.member == "users")
    body["active"] = true;
  hide_headers(body);
  body.erase("value");
  (*at.list)[key] = body;
  return admin_answer{201, json::serialize(body), tag_of(body)};
}

result<admin_answer> admin_model::write(route& at, const admin_call& call) {
  json::object body;
  if (!call.body.empty())
    body = json_of(call.body)->as_object();
  if (call.method == "POST")
    return make(at, call, std::move(body));
  const auto found = at.list->find(at.key);
  if (found == at.list->end())
    return refused(ec::not_found);
  if (!call.if_match.empty() && call.if_match != tag_of(found->second))
    return refused(ec::wrong_expected_version);
  if (call.method == "PATCH") {
    for (const auto& [key, value] : body)
      found->second[key] = value;
    hide_headers(found->second);
    return admin_answer{200, json::serialize(found->second), {}};
  }
  if (at.member == "users")
    found->second["active"] = false;
  else if (at.member == "grants")
    found->second["revoked"] = true;
  else
    at.list->erase(found);
  return admin_answer{204, {}, {}};
}

} // namespace hansard::test
