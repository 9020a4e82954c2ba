#include "http/app/http_app.hpp"
#include "http/routes/admin/agent_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

/// Of one change with what others change at the same time.
constexpr int max_merges = 16;

error no_such_agent() {
  return make_error(ec::not_found, "There is no such agent.");
}

/// Whether the caller sees agents whole, and all of them.
bool sees_agents(const exchange& x) { return sees_all(x.who); }

/// Members see the agents that they may chat with, while those are in service.
bool may_see(const exchange& x, const agent_record& agent) {
  return sees_agents(x)
         || (!agent.retired
             && x.app.actors.access()
                    .basis_for(x.who, agent.spec.did, "chat", wall_clock())
                    .has_value());
}

void append_as_seen(
    std::string& out, const exchange& x, const agent_record& agent) {
  if (sees_agents(x))
    append_json(out, agent);
  else
    append_public_json(out, agent);
}

response
agent_response(const exchange& x, const std::string& did, unsigned status) {
  auto agent = x.app.actors.access().find_agent(did);
  if (!agent)
    return refuse(x, no_such_agent());
  std::string out;
  append_as_seen(out, x, *agent);
  return tagged_response(x, std::move(out), tag_of(*agent), status);
}

using agent_ptr = std::shared_ptr<const agent_record>;

/// A page of what the caller sees. It looks at no more agents than others do:
/// who sees few of many gets it in parts.
list_page<agent_ptr>
page_of_seen(const exchange& x, list_query query, bool retired_too) {
  list_page<agent_ptr> seen;
  const auto limit = query.limit;
  std::size_t looked_at = 0;
  do {
    query.limit = limit - seen.entries.size();
    auto page = x.app.actors.access().agents(query);
    looked_at += page.entries.size();
    for (auto& agent : page.entries)
      if (may_see(x, *agent) && (!agent->retired || retired_too))
        seen.entries.push_back(std::move(agent));
    query.after = std::move(page.next);
  } while (seen.entries.size() < limit && !query.after.empty()
           && looked_at < max_entries_looked_at);
  seen.next = std::move(query.after);
  return seen;
}

/// What an agent becomes, of what it was.
struct agent_change {
  agent_spec spec;
  precondition as_read;
};

/// @returns not_found, precondition_failed, invalid_request.
result<agent_change>
merge(exchange& x, json_view body, const precondition& expected) {
  auto agent = x.app.actors.access().find_agent(x.path["did"]);
  if (!agent || agent->retired)
    return no_such_agent();
  auto tag = tag_of(*agent);
  if (auto met = expected.check(tag); !met)
    return met.error();
  agent_change out{agent->spec, {{true, false, {{tag}}}, {}}};
  if (auto read = read_agent(body, out.spec); !read)
    return read.error();
  if (auto checked = check_agent(out.spec); !checked)
    return checked.error();
  return out;
}

/// What the body did not name stays as it was read: so nothing may have changed
/// since. @returns precondition_failed where it has.
awaitable<std::optional<error>> record(exchange& x, agent_change change) {
  co_return co_await done([&](reply<std::monostate> answer) {
    x.app.actors.reconfigure_agent(
        by(x), std::move(change.spec), std::move(answer),
        std::move(change.as_read));
  });
}

/// Again where another change came between, a few times.
awaitable<std::optional<error>>
change_as_read(exchange& x, json_view body, const precondition& expected) {
  std::optional<error> failed;
  for (int i = 0; i < max_merges; ++i) {
    auto change = merge(x, body, expected);
    if (!change)
      co_return change.error();
    failed = co_await record(x, std::move(*change));
    if (!failed || failed->code != ec::precondition_failed)
      break;
  }
  co_return failed;
}

awaitable<response> create_agent(exchange& x) {
  auto body = body_object(x);
  if (!body)
    co_return refuse(x, body.error());
  agent_spec spec;
  if (auto read = read_agent(*body, spec); !read)
    co_return refuse(x, read.error());
  if (spec.name.empty())
    spec.name = spec.did;
  if (auto checked = check_agent(spec); !checked)
    co_return refuse(x, checked.error());
  auto did = spec.did;
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    x.app.actors.register_agent(
        by(x), std::move(spec), std::move(answer), std::move(*expected));
  });
  if (failed)
    co_return refuse(x, *failed);
  co_return agent_response(x, did, 201);
}

awaitable<response> list_agents(exchange& x) {
  bool retired_too = query_text(x, "retired") == "true";
  co_return co_await answer_list(
      x, "agents",
      [&](const list_query& query) {
        return page_of_seen(x, query, retired_too);
      },
      [&](std::string& out, const agent_ptr& agent) {
        append_as_seen(out, x, *agent);
      });
}

awaitable<response> get_agent(exchange& x) {
  auto agent = x.app.actors.access().find_agent(x.path["did"]);
  if (!agent || !may_see(x, *agent))
    co_return refuse(x, no_such_agent());
  co_return agent_response(x, x.path["did"], 200);
}

awaitable<response> change_agent(exchange& x) {
  auto body = body_object(x);
  if (!body)
    co_return refuse(x, body.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await change_as_read(x, *body, *expected);
  co_return failed ? refuse(x, *failed) : agent_response(x, x.path["did"], 200);
}

awaitable<response> retire_agent(exchange& x) {
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, precondition expected) {
        x.app.actors.retire_agent(
            by(x), x.path["did"], std::move(answer), std::move(expected));
      });
}

} // namespace

std::span<const route> agent_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/agents", member, either}, list_agents},
      route{{"POST", "/api/agents", admin, administering}, create_agent},
      route{{"GET", "/api/agents/{did}", member, either}, get_agent},
      route{{"PATCH", "/api/agents/{did}", admin, administering}, change_agent},
      route{
          {"DELETE", "/api/agents/{did}", admin, administering}, retire_agent},
  };
  return table;
}

} // namespace hansard::handlers
