#include "events/json/policy_json.hpp"
#include "http/routes/admin/policy_json.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/hansard/config/policy_config.hpp"

using namespace hansard;

namespace {

std::optional<policy_spec> read_json(std::string_view text) {
  if (!check_json(text) || !json_view{text}.is(json_view::kind::object))
    return std::nullopt;
  auto read = read_policy(json_view{text});
  if (!read)
    return std::nullopt;
  auto spec = std::move(read->spec);
  // It may be over by the time when it is read again.
  spec.expires_us = 0;
  return spec;
}

bool agrees(std::optional<std::uint32_t> limit, const auto& found) {
  return limit ? found && found->value == *limit : !found;
}

/// What one policy alone says is what holds, whomever it is about, and another
/// one of a group never makes it laxer.
void check_resolution(const policy_spec& spec) {
  policy_record record;
  record.ref.version = 1;
  record.spec = spec;
  const policy_record* one[] = {&record};
  const auto as_global = resolve(&record, nullptr, {}, nullptr);
  const auto as_user = resolve(nullptr, nullptr, {}, &record);
  const auto as_group = resolve(nullptr, nullptr, one, nullptr);
  for (const auto* found : {&as_global, &as_user, &as_group}) {
    fuzz::require(
        agrees(spec.rules.max_requests_per_minute, found->requests_per_minute)
            && agrees(spec.rules.max_output_tokens, found->output_tokens)
            && agrees(spec.rules.max_turn_seconds, found->turn_seconds),
        "one policy alone is what holds");
    fuzz::require(
        found->models.size() == (spec.rules.allowed_models ? 1u : 0u),
        "a list of models is kept whole");
  }
  policy_record strict = record;
  strict.spec.rules.max_requests_per_minute = 1;
  const policy_record* both[] = {&record, &strict};
  const auto found = resolve(nullptr, nullptr, both, nullptr);
  fuzz::require(
      found.requests_per_minute && found.requests_per_minute->value <= 1,
      "of several groups the strictest holds");
}

} // namespace

/// Input: a byte that says which, then the body of POST /api/policies, or a
/// configuration file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  auto which = in.byte() % 2;
  auto text = in.rest();
  if (which == 0) {
    auto spec = read_json(text);
    if (!spec)
      return 0;
    auto again = read_json(policy_json(*spec));
    fuzz::require(again && *again == *spec, "what is shown can be set");
    check_resolution(*spec);
    return 0;
  }
  try {
    auto file = toml::parse(text);
    std::vector<policy_spec> found;
    std::vector<std::string> problems;
    if (const auto* node = file.get("policies"))
      read_policies(*node, "fuzz", found, problems);
    fuzz::require(
        found.size() <= max_configured_policies, "policies have a bound");
    for (auto spec : found) {
      spec.expires_us = 0;
      auto shown = toml::parse(show_policy(spec));
      std::vector<policy_spec> again;
      read_policies(*shown.get("policies"), "shown", again, problems);
      fuzz::require(
          again.size() == 1 && again[0] == spec, "what is shown can be set");
      check_resolution(spec);
    }
  } catch (const toml::parse_error&) {
    // Not TOML: the caller tells it so.
  }
  return 0;
}
