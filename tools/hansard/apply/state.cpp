#include "tools/hansard/apply/state.hpp"

#include "events/json/policy_json.hpp"
#include "http/routes/admin/agent_json.hpp"
#include "http/routes/admin/guardrail_json.hpp"
#include "tools/hansard/admin/call.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

namespace hansard {
namespace {

namespace json = boost::json;

/// What a thing is called on the wire, and what the API says of it that nobody
/// sets.
constexpr std::array<std::string_view, 10> unset_members{
    "id",      "createdAt", "updatedAt", "retired", "version",
    "revoked", "setBy",     "userDid",   "group",   "etag"};

struct kind_form {
  apply_kind kind;
  std::string_view word;
  std::string_view collection;
  /// Members that make the name.
  std::array<std::string_view, 2> identity;
};
constexpr std::array forms{
    kind_form{
        apply_kind::credential, "credential", "/api/credentials", {"name", ""}},
    kind_form{apply_kind::agent, "agent", "/api/agents", {"did", ""}},
    kind_form{
        apply_kind::guardrail, "guardrail", "/api/guardrails", {"name", ""}},
    kind_form{
        apply_kind::policy, "policy", "/api/policies", {"scope", "subject"}},
    kind_form{apply_kind::user, "user", "/api/users", {"did", ""}},
    kind_form{apply_kind::grant, "grant", "", {"agentDid", ""}},
};

const kind_form& form_of(apply_kind kind) {
  return *std::find_if(forms.begin(), forms.end(), [kind](const kind_form& f) {
    return f.kind == kind;
  });
}

std::string text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  return value && value->is_string() ? std::string(value->get_string())
                                     : std::string();
}

json::object parsed(const std::string& text) {
  json::error_code ignored;
  auto value = json::parse(text, ignored);
  return value.is_object() ? std::move(value.get_object()) : json::object();
}

void sort_texts(json::object& fields, std::string_view member) {
  auto* value = fields.if_contains(member);
  if (!value || !value->is_array())
    return;
  // Sets: which came first says nothing.
  auto& list = value->get_array();
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.is_string() && b.is_string() && a.get_string() < b.get_string();
  });
}

bool is_unset(std::string_view member) {
  return std::find(unset_members.begin(), unset_members.end(), member)
         != unset_members.end();
}

/// Splits what is there into what it is called and what can differ.
apply_item split(apply_kind kind, const json::object& members) {
  const auto& form = form_of(kind);
  apply_item item;
  item.kind = kind;
  item.collection = form.collection;
  for (auto name : form.identity)
    if (const auto* value =
            name.empty() ? nullptr : members.if_contains(name)) {
      item.name += (item.name.empty() ? "" : " ") + text_of(members, name);
      item.identity[name] = *value;
    }
  for (const auto& [key, value] : members)
    if (!item.identity.contains(key) && !is_unset(key))
      item.fields[key] = value;
  sort_texts(item.fields, "headerNames");
  sort_texts(item.fields, "capabilities");
  return item;
}

void name_grant(apply_item& grant, std::string_view owner) {
  grant.name = std::string(owner) + " → " + text_of(grant.identity, "agentDid");
}

} // namespace

std::string_view to_string(apply_kind kind) { return form_of(kind).word; }

std::string grants_of_user(std::string_view did) {
  return "/api/users/" + path_segment(did) + "/grants";
}

std::string grants_of_group(std::string_view name) {
  return "/api/groups/" + path_segment(name) + "/grants";
}

apply_item item_of(const agent_spec& agent) {
  agent_record record;
  record.spec = agent;
  // As the API names an agent that has no name.
  if (record.spec.name.empty())
    record.spec.name = agent.did;
  std::string text;
  append_json(text, record);
  auto item = split(apply_kind::agent, parsed(text));
  item.single = item.collection + '/' + path_segment(agent.did);
  json::object headers;
  for (const auto& [name, value] : agent.headers)
    headers[name] = value;
  item.unseen["headers"] = std::move(headers);
  return item;
}

apply_item item_of(const policy_spec& policy) {
  return split(apply_kind::policy, parsed(policy_json(policy)));
}

apply_item item_of(const guardrail_spec& rule) {
  guardrail_record record;
  record.spec = rule;
  std::string text;
  append_json(text, record);
  auto item = split(apply_kind::guardrail, parsed(text));
  item.single = item.collection + '/' + path_segment(rule.name);
  return item;
}

apply_item item_of(const wanted_credential& credential) {
  auto item = split(apply_kind::credential, {{"name", credential.name}});
  item.single = item.collection + '/' + path_segment(credential.name);
  item.unseen["value"] = credential.value;
  return item;
}

apply_item item_of(const wanted_user& user) {
  auto item = split(
      apply_kind::user, {{"did", user.did},
                         {"displayName", user.name},
                         {"role", to_string(user.role)},
                         {"active", user.active}});
  item.single = item.collection + '/' + path_segment(user.did);
  return item;
}

apply_item item_of(const wanted_grant& grant) {
  json::value expires;
  if (grant.expires_at)
    expires = to_iso8601(*grant.expires_at);
  auto item = split(
      apply_kind::grant,
      {{"agentDid", grant.agent},
       {"capabilities",
        json::array(grant.capabilities.begin(), grant.capabilities.end())},
       {"expiresAt", std::move(expires)}});
  item.collection = grant.user.empty() ? grants_of_group(grant.group)
                                       : grants_of_user(grant.user);
  name_grant(
      item, grant.user.empty() ? "group " + grant.group : "user " + grant.user);
  return item;
}

std::optional<apply_item> item_of_answer(
    apply_kind kind, const json::value& shown, timestamp now,
    std::string_view collection) {
  const auto* members = shown.if_object();
  if (!members || text_of(*members, form_of(kind).identity[0]).empty())
    return std::nullopt;
  auto item = split(kind, *members);
  if (kind == apply_kind::policy)
    item.single = item.collection + '/' + path_segment(text_of(*members, "id"));
  else
    item.single = item.collection + '/' + path_segment(item.name);
  if (kind != apply_kind::grant)
    return item;
  item.collection = collection;
  item.single = item.collection + '/' + path_segment(text_of(*members, "id"));
  const auto* revoked = members->if_contains("revoked");
  const auto expires = from_iso8601(text_of(*members, "expiresAt"));
  if ((revoked && *revoked == json::value(true))
      || (expires && *expires <= now))
    return std::nullopt;
  const auto user = text_of(*members, "userDid");
  name_grant(
      item,
      user.empty() ? "group " + text_of(*members, "group") : "user " + user);
  return item;
}

json::object usual_fields(apply_kind kind) {
  return kind == apply_kind::agent ? item_of(agent_spec{}).fields
                                   : json::object();
}

} // namespace hansard
