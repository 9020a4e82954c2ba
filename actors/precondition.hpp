#pragma once

#include "events/error.hpp"
#include "projections/directory/access_records.hpp"
#include "projections/directory/credentials.hpp"
#include "projections/directory/guardrails.hpp"
#include "projections/directory/policies.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// An entity tag (RFC 9110 §8.8.3), without its quotes.
struct entity_tag {
  std::string text;
  bool weak = false;

  bool operator==(const entity_tag&) const = default;
};

/// What If-Match or If-None-Match lists.
struct tag_list {
  /// The field is there.
  bool given = false;
  /// It is "*".
  bool any = false;
  std::vector<entity_tag> tags{};

  /// §8.8.3.2: the strong comparison, of If-Match.
  bool has_strong(std::string_view tag) const;
  /// The weak one, of If-None-Match.
  bool has_weak(std::string_view tag) const;
};

/// What a command asks of the record that it is about to change (RFC 9110
/// §13.1). Looked at where the command is decided, against what all before it
/// left: of several that ask for one version, one gets it.
struct precondition {
  tag_list match{};
  tag_list none_match{};

  /// @param current the tag of the record; empty: there is none.
  /// @returns precondition_failed (details: etag, the tag in quotes).
  result<void> check(std::string_view current) const;
};

// The tags of records. Each names one version of one record: strong ones.

std::string tag_of(const agent_record& agent);
std::string tag_of(const user_record& user);
std::string tag_of(const guardrail_record& rule);
std::string tag_of(const policy_record& policy);
std::string tag_of(const credential_record& credential);
/// Of a session, what its owner can change: the title.
std::string tag_of_title(std::string_view title);

} // namespace hansard
