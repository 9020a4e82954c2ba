#include "http/auth/claims.hpp"

#include "http/text/request_json.hpp"
#include "http/text/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace hansard {

namespace {

using kind = json_view::kind;
using members = std::map<std::string, json_view, std::less<>>;

constexpr std::size_t max_name_characters = 256;

/// NumericDate (RFC 7519 §2): seconds, maybe with a fraction.
std::optional<timestamp> read_date(json_view value) {
  if (!value.is(kind::number))
    return std::nullopt;
  auto text = value.text();
  double seconds = 0;
  auto end = text.data() + text.size();
  auto [stop, failed] = std::from_chars(text.data(), end, seconds);
  // Of the years 1970 to 9999.
  if (failed != std::errc{} || stop != end || !(seconds >= 0)
      || seconds > 253'402'300'799.0)
    return std::nullopt;
  return from_unix_us(static_cast<std::int64_t>(seconds * 1e6));
}

const json_view* find(const members& all, std::string_view name) {
  auto found = all.find(name);
  if (found == all.end() || found->second.is(kind::null))
    return nullptr;
  return &found->second;
}

/// A list of strings, or one. nullopt: something else is there.
std::optional<std::vector<std::string>>
read_texts(const members& all, std::string_view name) {
  std::vector<std::string> texts;
  auto* value = find(all, name);
  if (!value)
    return texts;
  if (value->is(kind::string)) {
    texts.push_back(value->string());
    return texts;
  }
  if (!value->is(kind::array))
    return std::nullopt;
  bool good = true;
  value->each_element([&](json_view one) {
    good = one.is(kind::string) && texts.size() < max_groups;
    if (good)
      texts.push_back(one.string());
    return good;
  });
  if (!good)
    return std::nullopt;
  return texts;
}

bool names_one_of(
    const std::vector<std::string>& allowed,
    const std::vector<std::string>& said) {
  return std::any_of(said.begin(), said.end(), [&](const auto& one) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const auto& other) {
      return equal_ignoring_case(one, other);
    });
  });
}

std::optional<std::string>
read_user(const members& all, const claim_rules& rules) {
  for (const auto& name : rules.user) {
    auto* value = find(all, name);
    if (!value)
      continue;
    if (!value->is(kind::string))
      return std::nullopt;
    auto user = value->string();
    if (user.empty())
      continue;
    if (!is_printable(user, max_name_characters))
      return std::nullopt;
    return user;
  }
  return std::nullopt;
}

/// Whether the token is in force; fills in when it was issued and ends.
bool read_times(
    const members& all, std::chrono::seconds leeway, timestamp now,
    verified_claims& out) {
  auto* exp = find(all, "exp");
  auto ends = exp ? read_date(*exp) : std::nullopt;
  if (!ends || *ends + leeway <= now)
    return false;
  out.expires_at = *ends + leeway;
  out.who.expires_at = out.expires_at;
  for (auto name : {"nbf", "iat"}) {
    auto* value = find(all, name);
    if (!value)
      continue;
    auto begins = read_date(*value);
    if (!begins)
      return false;
    if (std::string_view(name) == "iat")
      // It says when, not from when on (RFC 7519 §4.1.6): a clock that is
      // ahead of this one makes no token worse.
      out.who.issued_at = std::min(*begins, now);
    else if (*begins > now + leeway)
      return false;
  }
  return true;
}

} // namespace

std::optional<verified_claims> read_claims(
    std::string_view json, const claim_rules& rules,
    std::chrono::seconds leeway, timestamp now) {
  if (!check_json(json, {16, 1'000, 10'000}))
    return std::nullopt;
  json_view object{json};
  if (!object.is(kind::object))
    return std::nullopt;
  members all;
  object.each_member([&](std::string_view raw, json_view value) {
    all.emplace(json_view::unescape(raw), value);
    return true;
  });
  verified_claims out;
  auto user = read_user(all, rules);
  auto roles = read_texts(all, rules.role);
  auto groups = read_texts(all, rules.groups);
  auto audiences = read_texts(all, "aud");
  if (!user || !roles || !groups || !audiences
      || !read_times(all, leeway, now, out))
    return std::nullopt;
  out.who.user = std::move(*user);
  if (names_one_of(rules.admin_roles, *roles))
    out.who.role = user_role::admin;
  else if (names_one_of(rules.auditor_roles, *roles))
    out.who.role = user_role::auditor;
  for (const auto& group : *groups)
    if (!is_printable(group, max_name_characters))
      return std::nullopt;
  out.who.groups = std::move(*groups);
  std::sort(out.who.groups.begin(), out.who.groups.end());
  out.audiences = std::move(*audiences);
  if (auto* jti = find(all, "jti"); jti && jti->is(kind::string))
    out.who.token = jti->string();
  if (auto* issuer = find(all, "iss"); issuer && issuer->is(kind::string))
    out.issuer = issuer->string();
  return out;
}

} // namespace hansard
