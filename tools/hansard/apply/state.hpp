#pragma once

#include "events/facts/control_events.hpp"
#include "events/facts/guardrail_events.hpp"
#include "events/facts/policy_events.hpp"
#include "events/time.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a server has, or is to have, as `hansard apply` compares it. Pure.
namespace hansard {

/// In the order in which they are made.
enum class apply_kind { credential, agent, guardrail, policy, user, grant };

/// "agent", as the difference names it.
std::string_view to_string(apply_kind kind);

/// One thing. What is the same has the same kind and name.
struct apply_item {
  apply_kind kind = apply_kind::agent;
  /// Unique among the things of the kind, but for grants: of those a server
  /// can have several for one owner and agent.
  std::string name;
  /// Members of the API that can differ.
  boost::json::object fields;
  /// Members that say what it is; part of the body that makes it.
  boost::json::object identity;
  /// Members that the API takes and does not show. Wanted things alone.
  boost::json::object unseen;
  /// Where it is made, and where it can be changed and removed; the latter is
  /// empty where only the server knows it.
  std::string collection;
  std::string single;
  /// "org.toml:12" of wanted things.
  std::string where;
};

struct apply_state {
  std::vector<apply_item> items;
  /// Of what is wanted: kinds that are spoken of. Nothing of the others is
  /// touched.
  std::set<apply_kind> kinds;
};

/// A model server's key; where its value comes from is read already.
struct wanted_credential {
  std::string name;
  std::string value;
};

/// Who a user of the file is.
struct wanted_user {
  std::string did;
  std::string name;
  user_role role = user_role::member;
  bool active = true;
};

/// A grant of the file; of `user` and `group` one is empty.
struct wanted_grant {
  std::string user;
  std::string group;
  std::string agent;
  std::vector<std::string> capabilities{"chat"};
  std::optional<timestamp> expires_at;
};

apply_item item_of(const agent_spec& agent);
apply_item item_of(const policy_spec& policy);
apply_item item_of(const guardrail_spec& rule);
/// Its value goes along where it is new, and is compared with nothing: the API
/// does not show one.
apply_item item_of(const wanted_credential& credential);
apply_item item_of(const wanted_user& user);
apply_item item_of(const wanted_grant& grant);

/// Where the grants of a user, or of a group, are.
std::string grants_of_user(std::string_view did);
std::string grants_of_group(std::string_view name);

/// A thing as the API shows it. nullopt: it is none of the kind, or a grant
/// that is in force no more.
/// @param collection Of grants: where it was found; else empty.
std::optional<apply_item> item_of_answer(
    apply_kind kind, const boost::json::value& shown, timestamp now,
    std::string_view collection = {});

/// What the fields of a thing are where nothing is said of them.
boost::json::object usual_fields(apply_kind kind);

} // namespace hansard
