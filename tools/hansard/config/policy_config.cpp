#include "tools/hansard/config/policy_config.hpp"

#include "events/json/policy_json.hpp"
#include "http/routes/admin/policy_json.hpp"
#include "http/text/request_json.hpp"
#include "tools/hansard/config/api_tables.hpp"

namespace hansard {

namespace {

result<policy_spec> read_policy_table(const toml::table& table) {
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

std::string policy_clash(const policy_spec& a, const policy_spec& b) {
  bool same = a.scope == b.scope && a.subject == b.subject;
  return same ? "subject: has another policy above" : "";
}

} // namespace

void read_policies(
    const toml::node& node, std::string_view source,
    std::vector<policy_spec>& out, std::vector<std::string>& problems) {
  read_tables(
      node, "policies", max_configured_policies, source, out, problems,
      read_policy_table, policy_clash);
}

std::string show_policy(const policy_spec& policy) {
  return show_table("policies", policy_json(policy));
}

} // namespace hansard
