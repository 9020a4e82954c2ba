#include "actors/admission/gatekeeper.hpp"
#include "actors/admission/turn_admission.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>

namespace hansard::test {

namespace {

/// A world in which policies are set and budgets are watched.
class policy_world : public chat_world {
public:
  using chat_world::chat_world;

  policy_ref
  set(const std::function<void(policy_rules&)>& rules,
      policy_scope scope = policy_scope::global,
      const std::string& subject = {}) {
    policy_set e;
    e.id = policy_id{rt->new_id()};
    e.spec.scope = scope;
    e.spec.subject = subject;
    rules(e.spec.rules);
    command([e](const access_directory&) -> result<event> { return event{e}; });
    run();
    return {e.id, 1};
  }
  day_tokens today(const std::string& who = "ann") const {
    return rt->usage.read(who, "").of_day(now());
  }
  std::vector<turn_refused> refusals() const {
    std::vector<turn_refused> out;
    for (const auto& e : events_of(log, access_stream))
      if (auto* refused = std::get_if<turn_refused>(&e.body))
        out.push_back(*refused);
    return out;
  }
  pending<std::monostate>
  hide(const session_id& session, principal who = user("ann")) {
    pending<std::monostate> answer;
    auto what = std::make_shared<hide_session>();
    what->who = std::move(who);
    what->request = "request";
    what->session = session;
    what->answer = answer.as_reply();
    caf::anon_send(
        rt->services.directory(session), hide_session_ptr(std::move(what)));
    return answer;
  }
};

std::string detail(const error& e, std::string_view name) {
  for (const auto& [key, value] : e.details)
    if (key == name)
      return value;
  return {};
}

std::string header(const turn_ticket& ticket, std::string_view name) {
  for (const auto& [key, value] : ticket.limits)
    if (key == name)
      return value;
  return {};
}

/// 40 bytes with the quotes, which count as ten tokens.
const std::string ten_tokens(38, 'x');

void budget_for_ten(policy_rules& rules) {
  rules.max_output_tokens = 90;
  rules.max_tokens_per_day = 1'000;
}

} // namespace

TEST(Promise6BudgetsTest, OfTwoHundredTurnsAtOnceABudgetForTenAdmitsTen) {
  policy_world world;
  auto policy = world.set(budget_for_ten);
  std::vector<pending<turn_ticket>> asked;
  for (int i = 0; i < 200; ++i)
    asked.push_back(world.ask(ten_tokens));
  world.run();
  auto admitted = std::count_if(
      asked.begin(), asked.end(), [](const auto& one) { return one.ok(); });
  auto refused = std::count_if(asked.begin(), asked.end(), [](const auto& one) {
    return one.why() == ec::quota_exceeded;
  });
  EXPECT_EQ(admitted, 10);
  EXPECT_EQ(refused, 190);
  EXPECT_EQ(world.model().calls(), 10u) << "no other ever reached a model";
  EXPECT_EQ(world.today(), (day_tokens{0, 1'000}));
  ASSERT_FALSE(world.refusals().empty());
  EXPECT_EQ(world.refusals().front().rule, "maxTokensPerDay");
  EXPECT_EQ(world.refusals().front().policies, std::vector{policy});
}

TEST(Promise6BudgetsTest, WhatATurnDidNotUseIsThereForTheNext) {
  policy_world world;
  world.set([](policy_rules& rules) {
    rules.max_output_tokens = 90;
    rules.max_tokens_per_day = 100;
  });
  auto first = world.begun(ten_tokens);
  auto meanwhile = world.ask(ten_tokens);
  world.run();
  EXPECT_EQ(meanwhile.why(), ec::quota_exceeded);
  EXPECT_EQ(detail(meanwhile.failure(), "rule"), "maxTokensPerDay");
  world.model().last()->finish(
      ending::complete, {usage_source::reported, 7, 3, 0, 0});
  world.run();
  EXPECT_EQ(world.today(), (day_tokens{10, 0}));
  auto after = world.ask(ten_tokens);
  world.run();
  ASSERT_TRUE(after.ok()) << "a lone turn may have what is left";
  auto terms = world.last_of<turn_admitted>(after.value().session).terms;
  EXPECT_EQ(terms.reserved_tokens, 90u);
  EXPECT_EQ(terms.max_output_tokens, 80u);
}

TEST(Promise6BudgetsTest, ATurnThatIsCutIsSettledByWhatItUsed) {
  policy_world world;
  world.set(budget_for_ten);
  auto ticket = world.begun(ten_tokens);
  world.model().last()->say({"a", "b", "c"});
  world.run();
  world.stop(ticket.session);
  world.run();
  auto cut = world.last_of<generation_cancelled>(ticket.session);
  EXPECT_EQ(cut.usage.completion, 3u);
  EXPECT_EQ(
      world.today(), (day_tokens{cut.usage.prompt + cut.usage.completion, 0}));
}

TEST(Promise6BudgetsTest, ATurnThatTheSessionRefusesReservesNothing) {
  policy_world world;
  world.set(budget_for_ten);
  auto ticket = world.begun(ten_tokens);
  auto reserved = world.today().reserved;
  auto busy = world.ask(ten_tokens, ticket.session);
  auto nobodys = world.ask(ten_tokens, session_id{world.rt->new_id()});
  world.run();
  EXPECT_EQ(busy.why(), ec::turn_running);
  EXPECT_EQ(nobodys.why(), ec::not_found);
  EXPECT_EQ(world.today().reserved, reserved);
  EXPECT_EQ(world.rt->usage.read("ann", "").running, 1u);
}

TEST(Promise6BudgetsTest, ASessionThatDiesGivesItsReservationBackWithItsEnd) {
  policy_world world;
  world.set(budget_for_ten);
  auto ticket = world.begun(ten_tokens);
  world.model().last()->say({"a", "b"});
  world.run();
  world.kill(world.session(ticket.session));
  world.run();
  auto lost = world.last_of<generation_interrupted>(ticket.session);
  EXPECT_EQ(
      world.today(),
      (day_tokens{lost.usage.prompt + lost.usage.completion, 0}));
  EXPECT_EQ(world.rt->usage.reservations(), 0u);
}

TEST(Promise6BudgetsTest, TheWholeConversationCountsAndNotJustTheMessage) {
  policy_world world;
  auto ticket = world.chatted({}, {std::string(4'000, 'y')});
  world.set([](policy_rules& rules) {
    rules.max_output_tokens = 90;
    rules.max_tokens_per_day = 900;
  });
  auto used = world.today().used;
  auto again = world.ask(ten_tokens, ticket.session);
  world.run();
  EXPECT_FALSE(again.ok());
  ASSERT_EQ(world.refusals().size(), 1u);
  EXPECT_EQ(world.refusals().front().rule, "maxTokensPerDay");
  EXPECT_EQ(world.refusals().front().session, ticket.session);
  EXPECT_EQ(world.today(), (day_tokens{used, 0}));
  EXPECT_EQ(world.model().calls(), 1u);
}

TEST(Promise6PoliciesTest, RequestsOfAMinuteAreBoundedAndTheHeadSaysHow) {
  policy_world world;
  auto policy =
      world.set([](policy_rules& rules) { rules.max_requests_per_minute = 2; });
  auto first = world.ask("Hi");
  auto second = world.ask("Hi");
  auto third = world.ask("Hi");
  auto bobs = world.ask("Hi", {}, "bob");
  world.run();
  ASSERT_TRUE(first.ok() && second.ok() && bobs.ok());
  EXPECT_EQ(header(first.value(), "x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(header(first.value(), "x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(header(second.value(), "x-ratelimit-remaining-requests"), "0");
  ASSERT_EQ(third.why(), ec::rate_limited);
  auto why = third.failure();
  EXPECT_EQ(detail(why, "rule"), "maxRequestsPerMinute");
  EXPECT_EQ(detail(why, "x-ratelimit-remaining-requests"), "0");
  auto wait = std::stoi(detail(why, "retryAfterMs"));
  EXPECT_GT(wait, 59'000);
  EXPECT_LE(wait, 61'000);
  ASSERT_EQ(world.refusals().size(), 1u);
  EXPECT_EQ(world.refusals().front().policies, std::vector{policy});
  world.advance(std::chrono::milliseconds{wait});
  auto later = world.ask("Hi");
  world.run();
  EXPECT_TRUE(later.ok());
}

TEST(Promise6PoliciesTest, ATurnThatIsSeenToEndLeavesRoomForTheNext) {
  policy_world world;
  world.set([](policy_rules& rules) { rules.max_concurrent_streams = 1; });
  for (int i = 0; i < 5; ++i)
    world.chatted();
  world.begun();
  auto second = world.ask("Hi");
  world.run();
  EXPECT_EQ(second.why(), ec::rate_limited);
}

TEST(Promise6PoliciesTest, AnAdmissionRecordsThePoliciesInForce) {
  policy_world world;
  auto global =
      world.set([](policy_rules& rules) { rules.max_output_tokens = 10; });
  auto anns = world.set(
      [](policy_rules& rules) { rules.max_turn_seconds = 5; },
      policy_scope::user, "ann");
  world.set(
      [](policy_rules& rules) { rules.max_turn_seconds = 1; },
      policy_scope::user, "bob");
  auto ticket = world.begun();
  auto admitted = world.last_of<turn_admitted>(ticket.session);
  EXPECT_EQ(admitted.agent, "agent");
  EXPECT_EQ(admitted.terms.policies, (std::vector{global, anns}));
  EXPECT_EQ(admitted.terms.max_output_tokens, 10u);
  EXPECT_EQ(admitted.terms.max_turn_ms, 5'000u);
}

TEST(Promise6PoliciesTest, ACapOfAPolicyCutsTheTurn) {
  policy_world world;
  world.set([](policy_rules& rules) { rules.max_output_tokens = 3; });
  auto ticket = world.begun();
  world.model().last()->say({"a", "b", "c"});
  world.run();
  auto cut = world.last_of<generation_completed>(ticket.session);
  EXPECT_EQ(cut.ending, ending::length);
}

TEST(Promise6PoliciesTest, AModelThatIsNotAllowedIsNeverAsked) {
  auto spec = chat_world::default_agent();
  spec.fallback_models = {"model-2"};
  policy_world world{{}, spec};
  world.set([](policy_rules& rules) {
    rules.allowed_models = std::vector<std::string>{"model-2"};
  });
  auto ticket = world.begun();
  EXPECT_EQ(world.model().last()->request.model, "model-2");
  EXPECT_EQ(world.last_of<generation_started>(ticket.session).model, "model-2");
}

TEST(Promise6PoliciesTest, ARoleThatAClientMayNotSendIsForbidden) {
  policy_world world;
  world.set(
      [](policy_rules& rules) { rules.allowed_roles = role_bit(role::user); });
  turn_command command;
  command.who = chat_world::user("ann");
  command.agent = "agent";
  command.messages = {chat_world::says("Hi"), chat_world::says("Obey")};
  command.messages.front().role = role::system;
  auto asked = world.ask(command);
  world.run();
  EXPECT_EQ(asked.why(), ec::forbidden);
  EXPECT_EQ(world.refusals().front().rule, "allowedRoles");
}

TEST(Promise6PoliciesTest, CharactersAreCountedAsPeopleCountThem) {
  policy_world world;
  world.set([](policy_rules& rules) { rules.max_input_chars = 4; });
  auto fits = world.ask("caf\\u00e9");
  auto blocks = world.ask("日本語字");
  auto over = world.ask("日本語文字");
  world.run();
  EXPECT_TRUE(fits.ok());
  EXPECT_TRUE(blocks.ok());
  EXPECT_EQ(over.why(), ec::forbidden);
}

TEST(Promise6PoliciesTest, PoliciesHoldForAdminsToo) {
  policy_world world;
  world.set([](policy_rules& rules) { rules.max_requests_per_minute = 0; });
  turn_command command;
  command.who = chat_world::admin();
  command.agent = "agent";
  command.messages = {chat_world::says("Hi")};
  auto asked = world.ask(command);
  world.run();
  EXPECT_EQ(asked.why(), ec::forbidden);
}

TEST(Promise6DeniedByDefaultTest, AnAuditorDoesNotChatAndReadsEverything) {
  policy_world world;
  auto ticket = world.chatted();
  principal auditor{"eve", user_role::auditor, {}};
  world.allow("eve");
  turn_command command;
  command.who = auditor;
  command.agent = "agent";
  command.messages = {chat_world::says("Hi")};
  auto asked = world.ask(command);
  auto stopped = world.stop(ticket.session, {}, auditor);
  auto renamed = world.rename(ticket.session, "Mine", auditor);
  auto hidden = world.hide(ticket.session, auditor);
  auto watched = world.watch(ticket.session, stream_version{}, {}, auditor);
  world.run();
  EXPECT_EQ(asked.why(), ec::forbidden);
  EXPECT_EQ(world.refusals().back().rule, "role");
  EXPECT_EQ(stopped.why(), ec::not_found);
  EXPECT_EQ(renamed.why(), ec::not_found);
  EXPECT_EQ(hidden.why(), ec::not_found);
  EXPECT_TRUE(watched.ticket.ok());
}

TEST(DeletedSessionTest, IsHiddenFromItsOwnerAndReadByAuditors) {
  policy_world world;
  auto ticket = world.chatted();
  auto foreign = world.hide(ticket.session, chat_world::user("bob"));
  auto gone = world.hide(ticket.session);
  world.run();
  EXPECT_EQ(foreign.why(), ec::not_found);
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(world.last_of<session_deleted>(ticket.session).by.principal, "ann");
  auto again = world.hide(ticket.session);
  auto asked = world.ask("Hi", ticket.session);
  auto renamed = world.rename(ticket.session, "Back");
  auto watched = world.watch(ticket.session, stream_version{});
  auto audited = world.watch(
      ticket.session, stream_version{}, {},
      principal{"eve", user_role::auditor, {}});
  world.run();
  EXPECT_EQ(again.why(), ec::not_found);
  EXPECT_EQ(asked.why(), ec::not_found);
  EXPECT_EQ(renamed.why(), ec::not_found);
  EXPECT_EQ(watched.ticket.why(), ec::not_found);
  EXPECT_TRUE(audited.ticket.ok());
}

TEST(DeletedSessionTest, ARunningTurnEndsFirst) {
  policy_world world;
  auto ticket = world.begun();
  world.hide(ticket.session);
  auto meanwhile = world.ask("Hi", ticket.session);
  world.run();
  EXPECT_TRUE(world.model().last()->is_let_go());
  EXPECT_EQ(meanwhile.why(), ec::not_found);
  EXPECT_EQ(
      world.story(ticket.session),
      opening + " generation_cancelled session_deleted");
}

TEST(RefusalFloodTest, IsSampledAndItsCountRecorded) {
  policy_world world;
  for (int i = 0; i < 1'000; ++i)
    world.ask("Hi", {}, "eve");
  auto bobs = world.ask("Hi", {}, "mallory");
  world.run();
  EXPECT_EQ(bobs.why(), ec::forbidden);
  // Twenty, each hundredth of the rest, and mallory's.
  EXPECT_EQ(world.refusals().size(), 20u + 9u + 1u);
  world.advance(refusal_sampler::window);
  auto events = events_of(world.log, access_stream);
  auto* counted = std::get_if<refusals_counted>(&events.back().body);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->principal, "eve");
  EXPECT_EQ(counted->code, "forbidden");
  EXPECT_EQ(counted->rule, "grant");
  EXPECT_EQ(counted->count, 1'000u);
  EXPECT_EQ(counted->recorded, 29u);
  // The next window begins anew.
  auto before = world.refusals().size();
  world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_EQ(world.refusals().size(), before + 1);
}

TEST(RefusalFloodTest, KindsAreBoundedAndNoneIsLost) {
  refusal_sampler sampler;
  timestamp now = from_unix_us(1'780'000'000'000'000);
  std::uint64_t recorded = 0;
  for (int i = 0; i < 100'000; ++i)
    recorded += sampler.count("user" + std::to_string(i), "c", "r", now);
  std::uint64_t lumped = 0;
  for (const auto& one : sampler.close(now)) {
    EXPECT_EQ(one.principal, "*");
    lumped += one.count - one.recorded;
  }
  EXPECT_EQ(recorded + lumped, 100'000u);
  EXPECT_LT(recorded, 6'000u);
  EXPECT_TRUE(sampler.empty());
}

} // namespace hansard::test
