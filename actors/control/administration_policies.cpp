#include "actors/control/administration.hpp"

#include <memory>
#include <utility>

namespace hansard {

namespace {

/// The event that sets a policy as the directory stands.
result<policy_set> decide_policy(
    const access_directory& access, const std::optional<policy_id>& id,
    const policy_id& fresh, const policy_spec& spec, const cause& by,
    const precondition& expected) {
  auto same_subject = access.find_policy(spec.scope, spec.subject);
  auto before = id ? access.find_policy(*id) : same_subject;
  if (id && !before)
    return make_error(ec::not_found, "There is no such policy.");
  if (auto met = expected.check(before ? tag_of(*before) : ""); !met)
    return met.error();
  if (id && same_subject && same_subject->ref.id != *id)
    return make_error(
        ec::already_exists, "Another policy is about this subject. Change or "
                            "remove that one.");
  policy_set out;
  out.id = before ? before->ref.id : fresh;
  out.version = before ? before->ref.version + 1 : 1;
  out.spec = spec;
  out.by = by;
  return out;
}

} // namespace

void administration::set_policy(
    cause by, std::optional<policy_id> id, policy_spec spec,
    reply<policy_record> answer, precondition expected) {
  // What the last decision said; decisions and `done` never overlap.
  auto decided = std::make_shared<policy_record>();
  decided->updated_at = now();
  record(
      [id, fresh = policy_id{new_id()}, spec = std::move(spec),
       by = std::move(by), expected = std::move(expected),
       decided](const access_directory& access) -> result<event> {
        auto set = decide_policy(access, id, fresh, spec, by, expected);
        if (!set)
          return set.error();
        auto before = access.find_policy(set->id);
        decided->ref = {set->id, set->version};
        decided->spec = set->spec;
        decided->by = by.principal;
        decided->created_at = before ? before->created_at : decided->updated_at;
        return event{std::move(*set)};
      },
      [decided, answer = std::move(answer)](result<void> done) {
        if (done)
          answer(*decided);
        else
          answer(done.error());
      });
}

void administration::remove_policy(
    cause by, policy_id id, reply<std::monostate> answer,
    precondition expected) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto known = access.find_policy(id);
        if (!known)
          return make_error(ec::not_found, "There is no such policy.");
        if (auto met = expected.check(tag_of(*known)); !met)
          return met.error();
        return event{policy_removed{id, by}};
      },
      std::move(answer));
}

} // namespace hansard
