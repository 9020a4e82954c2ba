#include "tools/hansard/apply/fetch.hpp"

#include "tools/hansard/admin/answer.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <set>

namespace hansard {
namespace {

namespace json = boost::json;

using visitor = std::function<void(const json::value&)>;

/// Each element of a list, of all its pages.
result<void> each_of(
    const admin_ask& ask, const std::string& path, std::string_view elements,
    const visitor& visit) {
  admin_pages pages{elements};
  // Policies can come into force, or be over, between two pages.
  pages.steady = "at";
  auto body = all_pages(pages, {"GET", path}, 0, ask);
  if (!body)
    return body.error();
  auto document = json_of(*body);
  if (!document)
    return document.error();
  // all_pages() has put it there.
  for (const auto& element : document->get_object().at(elements).get_array())
    visit(element);
  return {};
}

std::string text_of(const json::value& object, std::string_view member) {
  const auto* members = object.if_object();
  const auto* value = members ? members->if_contains(member) : nullptr;
  return value && value->is_string() ? std::string(value->get_string())
                                     : std::string();
}

struct listed_kind {
  apply_kind kind;
  const char* path;
  std::string_view elements;
};
constexpr listed_kind listed[] = {
    {apply_kind::credential, "/api/credentials", "credentials"},
    {apply_kind::agent, "/api/agents", "agents"},
    {apply_kind::guardrail, "/api/guardrails", "guardrails"},
    {apply_kind::policy, "/api/policies", "policies"},
    {apply_kind::user, "/api/users", "users"},
};

/// Where the grants are that are to be compared.
result<std::set<std::string>>
grant_collections(const admin_ask& ask, const apply_state& wanted, bool all) {
  std::set<std::string> found;
  for (const auto& item : wanted.items)
    if (item.kind == apply_kind::grant)
      found.insert(item.collection);
  if (!all)
    return found;
  auto users = each_of(ask, "/api/users", "users", [&](const auto& user) {
    found.insert(grants_of_user(text_of(user, "did")));
  });
  if (!users)
    return users.error();
  auto groups = each_of(ask, "/api/groups", "groups", [&](const auto& group) {
    found.insert(grants_of_group(text_of(group, "name")));
  });
  if (!groups)
    return groups.error();
  return found;
}

} // namespace

result<std::string> fetch_self(const admin_ask& ask) {
  auto answer = ask({"GET", "/api/users/me"});
  if (!answer)
    return answer.error();
  auto me = json_of(answer->body);
  if (!me)
    return me.error();
  return text_of(*me, "did");
}

result<apply_state> fetch_state(
    const admin_ask& ask, const apply_state& wanted, bool all, timestamp now) {
  apply_state out;
  for (const auto& one : listed) {
    if (!wanted.kinds.contains(one.kind))
      continue;
    auto read = each_of(ask, one.path, one.elements, [&](const auto& shown) {
      if (auto item = item_of_answer(one.kind, shown, now))
        out.items.push_back(std::move(*item));
    });
    if (!read)
      return read.error();
  }
  if (!wanted.kinds.contains(apply_kind::grant))
    return out;
  auto collections = grant_collections(ask, wanted, all);
  if (!collections)
    return collections.error();
  for (const auto& path : *collections) {
    auto read = each_of(ask, path, "grants", [&](const auto& shown) {
      if (auto item = item_of_answer(apply_kind::grant, shown, now, path))
        out.items.push_back(std::move(*item));
    });
    // A user that is still to be registered has none.
    if (!read && read.error().code != ec::not_found)
      return read.error();
  }
  return out;
}

} // namespace hansard
