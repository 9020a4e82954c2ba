#include "actors/guardrails/detectors.hpp"
#include "actors/guardrails/program.hpp"
#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/admin/guardrail_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

#include <optional>

namespace hansard::handlers {

namespace {

using kind = json_view::kind;

/// Of a dry run.
constexpr std::size_t max_test_bytes = 64 * 1024;
constexpr std::size_t max_test_rules = 16;

error no_such_guardrail() {
  return make_error(ec::not_found, "There is no such guardrail.");
}

/// What a rule can name, for those who write one.
std::string detectors_json() {
  std::string out;
  json_array_writer list{out};
  for (const auto& detector : guard_detectors()) {
    if (detector.finds.empty())
      continue;
    json_object_writer{list.next()}
        .text("name", detector.name)
        .text("finds", detector.finds)
        .close();
  }
  list.close();
  return out;
}

struct test_body {
  std::string text;
  guard_side on = guard_side::output;
  /// nullopt: those in force.
  std::optional<std::vector<guardrail_record>> rules;
  std::string agent;
};

result<void> read_test_rules(
    json_view value, std::string_view shown,
    std::vector<guardrail_record>& out) {
  if (!value.is(kind::array))
    return wrong_member(shown, "must be an array of rules.");
  result<void> read;
  value.each_element([&](json_view one) {
    if (out.size() == max_test_rules) {
      read = wrong_member(shown, "can hold 16 at most.");
      return false;
    }
    auto rule = read_guardrail(one);
    auto usable = rule ? check_rule(*rule) : result<void>{rule.error()};
    if (!usable) {
      auto at = std::string(shown) + '[' + std::to_string(out.size()) + "].";
      read = make_error(ec::invalid_request, at + usable.error().message);
      return false;
    }
    out.emplace_back().spec = std::move(*rule);
    return true;
  });
  return read;
}

result<void>
read_test_side(json_view value, std::string_view shown, guard_side& out) {
  std::string word;
  if (auto read = read_text(value, shown, word); !read)
    return read;
  if (word != "input" && word != "output")
    return wrong_member(shown, "must be input or output.");
  out = word == "input" ? guard_side::input : guard_side::output;
  return {};
}

result<void>
read_test_text(json_view value, std::string_view shown, std::string& out) {
  if (auto read = read_text(value, shown, out); !read)
    return read;
  if (out.size() > max_test_bytes)
    return wrong_member(shown, "must be at most 65536 bytes.");
  return {};
}

constexpr std::array test_members{
    member<&test_body::text, read_test_text>("text").needed(),
    member<&test_body::on, read_test_side>("on").or_null(),
    member<&test_body::rules, read_test_rules>("rules").or_null(),
    member<&test_body::agent>("agentDid").or_null(),
};

std::string matches_json(
    const guard_program& program, const guarded_text& guarded,
    std::string_view text) {
  return json_array(guarded.matches, [&](std::string& out, const auto& match) {
    const auto& rule = program.rules()[match.rule];
    json_object_writer{out}
        .text("rule", rule.name)
        .text("action", to_string(rule.action))
        .number("offset", match.offset)
        .number("length", match.length)
        .text("text", text.substr(match.offset, match.length))
        .close();
  });
}

std::string skipped_json(const std::vector<guard_skip>& skipped) {
  return json_array(skipped, [](std::string& out, const auto& skip) {
    json_object_writer{out}
        .text("rule", skip.name)
        .boolean("required", skip.required)
        .text("why", skip.why)
        .close();
  });
}

std::string run_test(const test_body& test, const guardrail_list& in_force) {
  std::vector<guardrail_record> rules;
  if (test.rules)
    rules = *test.rules;
  else
    for (const auto& rule : *in_force)
      if (test.agent.empty() || is_for(rule.spec, test.agent))
        rules.push_back(rule);
  std::vector<guard_skip> skipped;
  auto program = guard_program::compile(rules, test.on, skipped);
  guarded_text guarded;
  guarded.shown = test.text;
  if (program)
    guarded = guard_text(*program, test.text);
  std::string out;
  json_object_writer object{out};
  object.text("shown", guarded.shown)
      .boolean("blocked", guarded.blocked)
      .boolean("masked", guarded.masked)
      .raw(
          "matches",
          program ? matches_json(*program, guarded, test.text) : "[]")
      .raw("skipped", skipped_json(skipped))
      .number("longestHold", program ? program->longest() : 0)
      .close();
  return out;
}

awaitable<response> set_guardrail(exchange& x) {
  auto body = body_object(x);
  if (!body)
    co_return refuse(x, body.error());
  auto rule = read_guardrail(*body);
  if (!rule)
    co_return refuse(x, rule.error());
  bool is_new = !x.app.actors.guardrails().find(rule->name);
  // To compile a large pattern takes milliseconds, which others must not wait.
  auto usable =
      co_await run_query(x.app, [&rule] { return check_rule(*rule); });
  if (!usable)
    co_return refuse(x, usable.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    x.app.actors.set_guardrail(
        by(x), *rule, std::move(answer), std::move(*expected));
  });
  if (failed)
    co_return refuse(x, *failed);
  auto now = x.app.actors.guardrails().find(rule->name);
  co_return now ? record_response(x, *now, is_new ? 201 : 200)
                : refuse(x, no_such_guardrail());
}

awaitable<response> list_guardrails(exchange& x) {
  const auto& rules = x.app.actors.guardrails();
  co_return co_await answer_list(
      x, "guardrails",
      [&](const list_query& query) { return rules.rules(query); },
      [](std::string& out, const guardrail_record& rule) {
        append_json(out, rule);
      },
      R"(,"detectors":)" + detectors_json());
}

awaitable<response> get_guardrail(exchange& x) {
  auto rule = x.app.actors.guardrails().find(x.path["name"]);
  co_return rule ? record_response(x, *rule) : refuse(x, no_such_guardrail());
}

awaitable<response> remove_guardrail(exchange& x) {
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, precondition expected) {
        x.app.actors.remove_guardrail(
            by(x), x.path["name"], std::move(answer), std::move(expected));
      });
}

awaitable<response> test_guardrails(exchange& x) {
  auto test = read_body<test_body>(x, test_members);
  if (!test)
    co_return refuse(x, test.error());
  auto rules = x.app.actors.guardrails().rules();
  auto out = co_await run_query(
      x.app, [&]() -> result<std::string> { return run_test(*test, rules); });
  if (!out)
    co_return refuse(x, out.error());
  co_return json_response(std::move(*out));
}

} // namespace

std::span<const route> guardrail_routes() {
  using enum route_access;
  static const std::array table{
      route{{"GET", "/api/guardrails", admin, overseeing}, list_guardrails},
      route{
          {"POST", "/api/guardrails", admin, administering, guardrail_body()},
          set_guardrail},
      route{
          {"POST", "/api/guardrails/test", admin, administering,
           members_of<test_members>()},
          test_guardrails},
      route{
          {"GET", "/api/guardrails/{name}", admin, overseeing}, get_guardrail},
      route{
          {"DELETE", "/api/guardrails/{name}", admin, administering},
          remove_guardrail},
  };
  return table;
}

} // namespace hansard::handlers
