#include "tools/hansard/apply/difference.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hansard {
namespace {

namespace json = boost::json;

/// Kinds in the order in which they are made; they are removed in the reverse.
int rank(apply_kind kind) { return static_cast<int>(kind); }

/// Of what can't be changed, or is known by its name alone, there is nothing to
/// look at before it goes.
bool is_looked_at(apply_kind kind) {
  return kind != apply_kind::grant && kind != apply_kind::credential;
}

/// Setting such a thing replaces all of it; the others take what changes.
bool is_set_whole(apply_kind kind) {
  return kind == apply_kind::guardrail || kind == apply_kind::policy
         || kind == apply_kind::grant;
}

json::value value_or_null(const json::object& fields, std::string_view name) {
  const auto* value = fields.if_contains(name);
  return value ? *value : json::value();
}

/// What differs. A limit that a policy does not set is not among its members;
/// of the others, members that this program does not know are left alone.
std::vector<apply_change> changes_between(
    const json::object& before, const json::object& after, apply_kind kind) {
  std::vector<apply_change> out;
  for (const auto& [key, value] : after) {
    const auto* old = before.if_contains(key);
    if (!old || *old != value)
      out.push_back(
          {std::string(key),
           old ? std::optional<json::value>(*old) : std::nullopt, value});
  }
  if (kind == apply_kind::policy)
    for (const auto& [key, value] : before)
      if (!after.contains(key))
        out.push_back({std::string(key), value, std::nullopt});
  return out;
}

void add(json::object& into, const json::object& members) {
  for (const auto& [key, value] : members)
    into[key] = value;
}

/// The body that makes the whole thing.
std::string whole_body(const apply_item& item) {
  auto body = item.identity;
  add(body, item.fields);
  body.erase("headerNames");
  // Users are registered active.
  if (item.kind == apply_kind::user)
    body.erase("active");
  add(body, item.unseen);
  return json::serialize(body);
}

std::string
changed_body(const apply_item& item, const std::vector<apply_change>& changes) {
  json::object body;
  for (const auto& change : changes)
    if (change.field == "headerNames")
      // Values are not shown, so all of them go along.
      add(body, item.unseen);
    else
      body[change.field] = value_or_null(item.fields, change.field);
  return json::serialize(body);
}

apply_step create(const apply_item& item) {
  apply_step step{apply_action::create, item.kind, item.name};
  step.where = item.where;
  step.changes =
      changes_between(usual_fields(item.kind), item.fields, apply_kind::agent);
  admin_call call{"POST", item.collection, whole_body(item)};
  call.only_new = item.kind != apply_kind::grant;
  step.calls.push_back(std::move(call));
  if (const auto* active = item.fields.if_contains("active");
      active && *active == json::value(false))
    step.calls.push_back({"PATCH", item.single, R"({"active":false})"});
  return step;
}

apply_step change(
    const apply_item& item, const apply_item& old,
    std::vector<apply_change> changes) {
  apply_step step{apply_action::change, item.kind, item.name};
  step.where = item.where;
  if (is_set_whole(item.kind))
    step.calls.push_back({"POST", item.collection, whole_body(item)});
  else
    step.calls.push_back({"PATCH", old.single, changed_body(item, changes)});
  if (item.kind == apply_kind::grant) {
    // A grant can't be changed. The new one first, so that a failure between
    // the two leaves nobody without.
    step.calls.push_back({"DELETE", old.single});
  } else {
    step.single = old.single;
    step.seen = old.fields;
  }
  step.changes = std::move(changes);
  return step;
}

apply_step remove(const apply_item& old) {
  apply_step step{apply_action::remove, old.kind, old.name};
  step.calls.push_back({"DELETE", old.single});
  if (is_looked_at(old.kind)) {
    step.single = old.single;
    step.seen = old.fields;
  }
  return step;
}

bool is_deactivated(const apply_item& item) {
  return item.kind == apply_kind::user
         && value_or_null(item.fields, "active") == json::value(false);
}

result<void> check_self(const apply_state& wanted, std::string_view self) {
  for (const auto& item : wanted.items) {
    if (item.kind != apply_kind::user || item.name != self)
      continue;
    if (is_deactivated(item)
        || value_or_null(item.fields, "role") != json::value("admin"))
      return make_error(
          ec::invalid_request,
          fmt::format(
              "{}: user {} applies this file, and would be no active admin "
              "after it. Let another admin do that.",
              item.where, self));
  }
  return {};
}

/// With where it is made: of a grant that is its owner, whose name could look
/// like another owner's and an agent's.
using item_key = std::tuple<apply_kind, std::string_view, std::string_view>;
item_key key_of(const apply_item& item) {
  return {item.kind, item.collection, item.name};
}
using item_map = std::multimap<item_key, const apply_item*>;

/// Steps for one wanted thing; what they are about is taken out of `known`.
void meet(
    const apply_item& item, item_map& known, std::vector<apply_step>& out) {
  const auto [first, last] = known.equal_range(key_of(item));
  if (first == last) {
    out.push_back(create(item));
    return;
  }
  // The one that needs no change, else any.
  auto kept = std::find_if(first, last, [&item](const auto& entry) {
    return changes_between(entry.second->fields, item.fields, item.kind)
        .empty();
  });
  if (kept == last)
    kept = first;
  auto changes = changes_between(kept->second->fields, item.fields, item.kind);
  if (!changes.empty())
    out.push_back(change(item, *kept->second, std::move(changes)));
  for (auto at = first; at != last; ++at)
    if (at != kept)
      out.push_back(remove(*at->second));
  known.erase(first, last);
}

} // namespace

result<std::vector<apply_step>> difference(
    const apply_state& wanted, const apply_state& actual, std::string_view self,
    bool prune) {
  if (auto safe = check_self(wanted, self); !safe)
    return safe.error();
  item_map known;
  for (const auto& item : actual.items)
    if (wanted.kinds.contains(item.kind))
      known.emplace(key_of(item), &item);
  std::vector<apply_step> steps;
  for (const auto& item : wanted.items)
    meet(item, known, steps);
  if (prune)
    for (const auto& [key, item] : known)
      if (!is_deactivated(*item)
          && !(item->kind == apply_kind::user && item->name == self))
        steps.push_back(remove(*item));
  const auto place = [](const apply_step& step) {
    constexpr int kinds = 100;
    return step.action == apply_action::remove ? kinds - rank(step.kind)
                                               : rank(step.kind);
  };
  std::stable_sort(
      steps.begin(), steps.end(),
      [&](const apply_step& a, const apply_step& b) {
        return place(a) < place(b);
      });
  return steps;
}

} // namespace hansard
