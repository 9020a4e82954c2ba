#include "tools/hansard/policy_config.hpp"

#include "events/policy_json.hpp"
#include "http/policy_json.hpp"
#include "http/request_json.hpp"
#include "tools/hansard/api_tables.hpp"

namespace hansard {

namespace {

result<policy_spec> read_one(const toml::table& table) {
  auto text = api_body(table);
  if (!text)
    return text.error();
  auto read = read_policy(json_view{*text});
  if (!read)
    return read.error();
  if (read->id)
    return make_error(
        ec::invalid_request, "id: a file names a policy by its subject.");
  return std::move(read->spec);
}

std::string clash(const policy_spec& a, const policy_spec& b) {
  bool same = a.scope == b.scope && a.subject == b.subject;
  return same ? "subject: has another policy above" : "";
}

} // namespace

void read_policies(
    const toml::node& node, std::string_view source,
    std::vector<policy_spec>& out, std::vector<std::string>& problems) {
  read_tables(
      node, "policies", max_configured_policies, source, out, problems,
      read_one, clash);
}

std::string show_policy(const policy_spec& policy) {
  return show_table("policies", policy_json(policy));
}

} // namespace hansard
