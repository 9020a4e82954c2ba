#pragma once

#include "actors/precondition.hpp"
#include "actors/reply.hpp"
#include "events/error.hpp"
#include "events/event.hpp"
#include "events/facts/control_events.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"
#include "projections/directory/access.hpp"
#include "projections/directory/credentials.hpp"
#include "projections/directory/guardrails.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hansard {

class credential_vault;
class secret_text;

/// What a new API key is to be.
struct key_wish {
  std::string user;
  std::string label;
  std::optional<timestamp> expires_at{};
  scope_set scopes = all_scopes;
  /// The key, taken as it is; empty: a new random one.
  std::string text{};
};

/// What is changed of a user; nullopt: stays as it is.
struct user_wish {
  std::optional<std::string> display_name{};
  std::optional<user_role> role{};
  std::optional<bool> active{};
};

struct issued_key {
  key_record record;
  /// The key itself; this is the only time it is seen.
  std::string text;
};

/// The commands that change who there is and what they may do: for each, what
/// is recorded and when it is refused. A command returns at once; it is decided
/// when its turn comes, against a directory that holds all before it. The
/// caller has checked that `by` is an admin. Each that changes a record refuses
/// with precondition_failed where the record is not as `expected` asks.
/// Thread-safe.
class administration {
public:
  /// Looks at the directory and says what to record, or refuses. Pure: it can
  /// be asked again.
  using decision = std::function<result<event>(const access_directory&)>;
  /// Likewise; what it says is recorded all together, or not at all.
  using decisions =
      std::function<result<std::vector<event>>(const access_directory&)>;
  static decisions all_of(decision one);

  /// Revoked ones count: what is recorded stays.
  static constexpr std::size_t max_keys_of_user = 1'000;
  /// In one event; the rest waits for the next.
  static constexpr std::size_t max_recorded_uses = 1'000;

  virtual ~administration() = default;

  /// already_exists: an agent has this did and is not retired.
  void register_agent(
      cause by, agent_spec spec, reply<std::monostate> answer,
      precondition expected = {});
  /// not_found: there is no such agent, or it is retired. So do the next.
  void reconfigure_agent(
      cause by, agent_spec spec, reply<std::monostate> answer,
      precondition expected = {});
  void retire_agent(
      cause by, std::string did, reply<std::monostate> answer,
      precondition expected = {});

  /// already_exists.
  void register_user(
      cause by, std::string did, std::string display_name, user_role role,
      reply<std::monostate> answer, precondition expected = {});
  /// One decision: all of it happens, or nothing. not_found; forbidden: this is
  /// the last active admin. So does the next.
  void change_user(
      cause by, std::string user, user_wish wish, reply<std::monostate> answer,
      precondition expected = {});
  void set_user_active(
      cause by, std::string user, bool active, reply<std::monostate> answer,
      precondition expected = {});

  /// not_found: no such user; too_large: they have max_keys_of_user.
  void issue_key(cause by, key_wish wish, reply<issued_key> answer);
  /// not_found: the user has no such key in force.
  void revoke_key(
      cause by, std::string user, key_id id, reply<std::monostate> answer);
  /// Takes back cookies and tokens of others; what.by is set here. too_large:
  /// token_revocations::max_entries are remembered.
  void
  revoke_tokens(cause by, tokens_revoked what, reply<std::monostate> answer);
  /// Records when keys were used last, if a day has passed for any of them.
  void record_key_uses();

  /// not_found: no such user or agent.
  void issue_grant(
      cause by, std::string user, std::string agent,
      std::vector<std::string> capabilities,
      std::optional<timestamp> expires_at, reply<grant_record> answer);
  /// not_found: the user has no such grant in force.
  void revoke_grant(
      cause by, std::string user, grant_id id, reply<std::monostate> answer);
  /// Likewise, for all who have a group in their claims; a group needs no
  /// registration.
  void issue_group_grant(
      cause by, std::string group, std::string agent,
      std::vector<std::string> capabilities,
      std::optional<timestamp> expires_at, reply<grant_record> answer);
  void revoke_group_grant(
      cause by, std::string group, grant_id id, reply<std::monostate> answer);

  /// Sets a policy: the next version of `id`, or, without one, of the policy
  /// about the same subject, or the first of a new one.
  /// not_found: there is no policy `id`; already_exists: another policy is
  /// about that subject.
  void set_policy(
      cause by, std::optional<policy_id> id, policy_spec spec,
      reply<policy_record> answer, precondition expected = {});
  /// not_found.
  void remove_policy(
      cause by, policy_id id, reply<std::monostate> answer,
      precondition expected = {});

  /// invalid_request: the rule can't work, and which member is why; too_large:
  /// there are as many as there may be.
  void set_guardrail(
      cause by, guardrail_spec rule, reply<std::monostate> answer,
      precondition expected = {});
  /// not_found.
  void remove_guardrail(
      cause by, std::string name, reply<std::monostate> answer,
      precondition expected = {});

  /// Sets a provider's key, new or in place of the one of its name.
  /// invalid_request: name or value can't be one; not_configured: there is no
  /// key to seal it with; too_large: there are as many as there may be.
  void set_credential(
      cause by, std::string name, const secret_text& value,
      reply<credential_record> answer, precondition expected = {});
  /// not_found.
  void remove_credential(
      cause by, std::string name, reply<std::monostate> answer,
      precondition expected = {});
  /// Records that the configuration was read anew.
  void record_reload(configuration_reloaded what, reply<std::monostate> answer);

  virtual const guardrail_directory& guardrails() const = 0;
  virtual credential_vault& vault() = 0;

protected:
  /// Has one decision made after another and its events recorded; `done` is
  /// called once that is durable and visible, or with the refusal.
  virtual void
  record_all(decisions decide, std::function<void(result<void>)> done) = 0;
  /// UTC now, and a new ULID.
  virtual timestamp now() const = 0;
  virtual id_bytes new_id() const = 0;

private:
  void record(
      const decision& decide, const std::function<void(result<void>)>& done) {
    record_all(all_of(decide), done);
  }
  void command(decision decide, reply<std::monostate> answer);
  /// Records what `decide` says and answers with `value`.
  template <class T>
  void command_with(decision decide, T value, reply<T> answer);

  void issue(grant_issued issued, reply<grant_record> answer);
  void revoke(grant_revoked what, reply<std::monostate> answer);
};

template <class T>
void administration::command_with(decision decide, T value, reply<T> answer) {
  record(
      std::move(decide), [value = std::move(value),
                          answer = std::move(answer)](result<void> done) {
        if (done)
          answer(value);
        else
          answer(done.error());
      });
}

} // namespace hansard
