#include "actors/guardrails/turn_guard.hpp"
#include "tests/actors/guardrails/fixture.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/send.hpp>

namespace hansard::test {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using ch = token_channel;

class guarded_world : public chat_world {
public:
  guarded_world() = default;
  explicit guarded_world(std::vector<guardrail_spec> rules) {
    for (auto& rule : rules)
      set(std::move(rule));
  }

  void set(guardrail_spec rule) {
    auto done = command([rule](const access_directory&) -> result<event> {
      return event{guardrail_set{rule, {}}};
    });
    run();
    EXPECT_TRUE(done.ok());
  }
  void remove(std::string name) {
    command([name](const access_directory&) -> result<event> {
      return event{guardrail_removed{name, {}}};
    });
    run();
  }
  void say(const std::vector<std::string>& tokens) {
    for (const auto& token : tokens) {
      model().last()->say({token});
      run();
    }
  }
  /// A whole turn whose answer is these tokens.
  turn_ticket answered(const std::vector<std::string>& tokens) {
    auto ticket = begun();
    say(tokens);
    model().last()->finish();
    run();
    return ticket;
  }
  std::string text(const session_id& id, bool (*wanted)(token_channel)) const {
    std::string out;
    for (const auto& e : events(id))
      if (auto* token = std::get_if<token_generated>(&e.body))
        if (wanted(token->channel))
          out += token->text;
    return out;
  }
  std::string shown(const session_id& id) const {
    return text(id, is_shown_answer);
  }
  std::string said(const session_id& id) const {
    return text(id, is_said_answer);
  }
  template <class Event>
  std::vector<Event> all_of(const stream_id& stream) const {
    std::vector<Event> out;
    for (const auto& e : events_of(log, stream))
      if (auto* body = std::get_if<Event>(&e.body))
        out.push_back(*body);
    return out;
  }
  std::vector<guardrail_matched> matches(const session_id& id) const {
    return all_of<guardrail_matched>(stream_of(id));
  }
};

TEST(GuardedSessionTest, WithoutARuleForTheAgentNothingIsHeldOrMarked) {
  auto rule = look_for("r", "Hello world");
  rule.agents = {"another"};
  guarded_world world{{rule}};
  auto ticket = world.begun();
  world.say({"Hello"});
  EXPECT_EQ(world.story(ticket.session), opening + " \"Hello\"");
}

TEST(GuardedSessionTest, ARuleForAGroupIsForTheTurnsOfItsMembers) {
  auto rule = detect("mail", {"email"});
  rule.groups = {"interns"};
  guarded_world world{{rule}};
  auto shown_to_a_member_of = [&world](const std::string& group) {
    turn_command command;
    command.who = world.user("ann");
    command.who.groups = {group};
    command.agent = "agent";
    command.messages = {world.says("Hi")};
    auto ticket = world.ask(std::move(command));
    world.run();
    world.say({"I am a@b.de."});
    world.model().last()->finish();
    world.run();
    return world.shown(ticket.value().session);
  };
  EXPECT_EQ(shown_to_a_member_of("staff"), "I am a@b.de.");
  EXPECT_EQ(shown_to_a_member_of("interns"), "I am [mail].");
}

TEST(GuardedSessionTest, AMatchAcrossTokensIsMaskedBeforeAnyOfItIsShown) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  std::string seen;
  for (auto* token : {"Ask", " an", "na", "@", "example", ".", "org", " now"}) {
    world.say({token});
    auto text = ann.sink->text();
    EXPECT_TRUE(std::string("Ask [mail] now").starts_with(text)) << text;
    EXPECT_TRUE(text.starts_with(seen));
    seen = text;
  }
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(ann.sink->text(), "Ask [mail] now");
  EXPECT_EQ(world.shown(ticket.session), "Ask [mail] now");
  EXPECT_EQ(world.said(ticket.session), "Ask anna@example.org now");
  auto matches = world.matches(ticket.session);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].rule, "mail");
  EXPECT_EQ(matches[0].turn, ticket.turn);
  EXPECT_EQ(matches[0].place, guard_place::answer);
  EXPECT_EQ(matches[0].action, guard_action::mask);
  EXPECT_EQ(matches[0].offset, 4u);
  EXPECT_EQ(matches[0].length, 16u);
  EXPECT_GT(matches[0].rule_version, 0u);
}

TEST(GuardedSessionTest, TheModelsNextPromptHasWhatWasShown) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.answered({"a@b", ".de it is"});
  world.begun("And?", ticket.session);
  EXPECT_EQ(
      world.model().last()->request.messages.at(1).content, "\"[mail] it is\"");
}

TEST(GuardedSessionTest, ABlockEndsTheAnswerAndTheModel) {
  guarded_world world{{look_for("word", "forbidden", guard_action::block)}};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.say({"This is for", "bidden", " stuff"});
  EXPECT_TRUE(world.model().last()->is_let_go());
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->text(), "This is ");
  EXPECT_EQ(world.said(ticket.session), "This is forbidden");
  auto completed = world.last_of<generation_completed>(ticket.session);
  EXPECT_EQ(completed.ending, ending::content_filter);
  EXPECT_EQ(completed.finish_reason, "guardrail");
  ASSERT_EQ(world.matches(ticket.session).size(), 1u);
  EXPECT_EQ(world.matches(ticket.session)[0].action, guard_action::block);
}

TEST(GuardedSessionTest, ABlockThatOnlyTheEndDecidesStillEndsAsContentFilter) {
  guarded_world world{{look_for("word", "secret[a-z]*", guard_action::block)}};
  auto ticket = world.answered({"The sec", "ret"});
  EXPECT_EQ(world.shown(ticket.session), "The ");
  EXPECT_EQ(
      world.last_of<generation_completed>(ticket.session).ending,
      ending::content_filter);
}

TEST(GuardedSessionTest, WhatIsHeldIsShownWhenTheTurnIsStopped) {
  guarded_world world{{look_for("word", "secret")}};
  auto ticket = world.begun();
  world.say({"a sec"});
  EXPECT_EQ(world.shown(ticket.session), "");
  auto stopped = world.stop(ticket.session);
  world.run();
  EXPECT_TRUE(stopped.ok());
  EXPECT_EQ(world.shown(ticket.session), "a sec");
  EXPECT_TRUE(world.story(ticket.session).ends_with("generation_cancelled"));
}

TEST(GuardedSessionTest, AFlagIsRecordedOnly) {
  guarded_world world{{look_for("word", "note", guard_action::flag)}};
  auto ticket = world.answered({"a no", "te."});
  EXPECT_EQ(world.shown(ticket.session), "a note.");
  EXPECT_EQ(world.said(ticket.session), "a note.");
  EXPECT_EQ(world.matches(ticket.session).size(), 1u);
}

TEST(GuardedSessionTest, ReasoningIsGuardedToo) {
  guarded_world world{{look_for("word", "secret")}};
  auto ticket = world.begun();
  world.model().last()->think("the secret");
  world.model().last()->think(" is");
  world.model().last()->say({"Hi"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(world.text(ticket.session, is_shown_reasoning), "the [word] is");
  EXPECT_EQ(world.text(ticket.session, is_said_reasoning), "the secret is");
}

TEST(GuardedSessionTest, ToolCallsAreMaskedAndTheirOwnWordsKept) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun();
  tool_call_generated call;
  call.id = "call_1";
  call.function = "send";
  call.arguments = R"({"to":"a\u0040b.de"})";
  world.model().last()->finish(ending::tool_calls, {}, {call});
  world.run();
  EXPECT_EQ(
      world.last_of<tool_call_generated>(ticket.session).arguments,
      R"({"to":"[mail]"})");
  EXPECT_EQ(
      world.last_of<tool_call_withheld>(ticket.session).arguments,
      call.arguments);
  ASSERT_EQ(world.matches(ticket.session).size(), 1u);
  EXPECT_EQ(world.matches(ticket.session)[0].place, guard_place::tool_call);
}

TEST(GuardedSessionTest, ABlockedToolCallIsNotShown) {
  guarded_world world{{look_for("word", "rm -rf", guard_action::block)}};
  auto ticket = world.begun();
  tool_call_generated call;
  call.function = "sh";
  call.arguments = R"({"do":"rm -rf /"})";
  world.model().last()->finish(ending::tool_calls, {}, {call});
  world.run();
  EXPECT_THAT(
      world.all_of<tool_call_generated>(stream_of(ticket.session)), IsEmpty());
  EXPECT_EQ(
      world.last_of<tool_call_withheld>(ticket.session).arguments,
      call.arguments);
  EXPECT_EQ(
      world.last_of<generation_completed>(ticket.session).ending,
      ending::content_filter);
}

TEST(GuardedSessionTest, AMaskedMessageGoesToTheModelMaskedAndIsKeptAsItCame) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun("I am a@b.de");
  EXPECT_EQ(
      world.model().last()->request.messages.at(0).content, "\"I am [mail]\"");
  EXPECT_EQ(
      world.story(ticket.session),
      "session_opened messages_received guardrail_matched prompt_masked "
      "turn_admitted generation_started");
  EXPECT_EQ(
      world.last_of<messages_received>(ticket.session).messages[0].content,
      "\"I am a@b.de\"");
  world.model().last()->finish();
  world.run();
  world.begun("Me again", ticket.session);
  // The model said nothing to the first message: the second one is joined.
  EXPECT_EQ(
      world.model().last()->request.messages.at(0).content,
      R"("I am [mail]\n\nMe again")")
      << "in the turns that follow too";
}

TEST(GuardedSessionTest, AClientThatRepeatsItsHistoryRepeatsWhatItSent) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun("I am a@b.de");
  world.model().last()->say({"Hello"});
  world.model().last()->finish();
  world.run();
  turn_command again;
  again.who = chat_world::user("ann");
  again.agent = "agent";
  again.session = ticket.session;
  auto answer = chat_world::says("Hello");
  answer.role = role::assistant;
  again.messages = {
      chat_world::says("I am a@b.de"), answer, chat_world::says("More")};
  again.history = history_hint::full;
  auto second = world.ask(again);
  world.run();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(world.last_of<messages_received>(ticket.session).keep, 2u);
  EXPECT_EQ(
      world.model().last()->request.messages.at(0).content, "\"I am [mail]\"");
}

TEST(GuardedSessionTest, ABlockedFirstMessageLeavesNoSessionAndIsOnRecord) {
  guarded_world world{{look_for("word", "secret", guard_action::block)}};
  auto refused = world.ask("a secret");
  world.run();
  ASSERT_EQ(refused.why(), ec::guardrail);
  EXPECT_EQ(
      refused.failure().details, (decltype(error::details){{"rule", "word"}}));
  EXPECT_EQ(world.model().calls(), 0u);
  EXPECT_EQ(
      story_of(world.log, access_stream), "guardrail_matched turn_refused");
  EXPECT_EQ(world.rt->running_turns, 0u);
  EXPECT_EQ(world.sessions_in_memory(), 0u);
}

TEST(GuardedSessionTest, ABlockedMessageOfASessionIsInItsStream) {
  guarded_world world{{look_for("word", "secret", guard_action::block)}};
  auto ticket = world.chatted();
  auto before = world.story(ticket.session);
  auto refused = world.ask("a secret", ticket.session);
  world.run();
  EXPECT_EQ(refused.why(), ec::guardrail);
  EXPECT_EQ(
      world.story(ticket.session), before + " guardrail_matched turn_refused");
  auto text = world.last_of<turn_refused>(ticket.session);
  EXPECT_EQ(text.code, "guardrail");
  EXPECT_EQ(text.by.principal, "ann");
  auto next = world.ask("fine", ticket.session);
  world.run();
  EXPECT_TRUE(next.ok()) << "the session goes on";
}

TEST(GuardedSessionTest, ARuleThatCanNotRunIsSkippedOnRecord) {
  guarded_world world{{look_for("broken", "(")}};
  auto ticket = world.answered({"Hello"});
  EXPECT_EQ(world.shown(ticket.session), "Hello");
  auto skipped = world.last_of<guardrail_skipped>(ticket.session);
  EXPECT_EQ(skipped.rule, "broken");
  EXPECT_FALSE(skipped.required);
  EXPECT_NE(skipped.why, "");
}

TEST(GuardedSessionTest, ARequiredRuleThatCanNotRunRefusesTheTurn) {
  auto rule = look_for("broken", "(");
  rule.required = true;
  guarded_world world{{rule}};
  auto refused = world.ask("Hello");
  world.run();
  EXPECT_EQ(refused.why(), ec::guardrail);
  EXPECT_EQ(
      story_of(world.log, access_stream), "guardrail_skipped turn_refused");
  EXPECT_EQ(world.model().calls(), 0u);
}

TEST(GuardedSessionTest, AChangedRuleHoldsFromTheNextTurnOn) {
  guarded_world world;
  world.set(look_for("word", "one"));
  auto ticket = world.answered({"one two"});
  EXPECT_EQ(world.shown(ticket.session), "[word] two");
  world.set(look_for("word", "two"));
  EXPECT_EQ(world.shown(world.answered({"one two"}).session), "one [word]");
  world.remove("word");
  EXPECT_EQ(world.shown(world.answered({"one two"}).session), "one two");
}

TEST(GuardedSessionTest, ManyMatchesAreCountedInOneEvent) {
  guarded_world world{{look_for("x", "x")}};
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "x ";
  auto ticket = world.answered({text});
  auto matches = world.matches(ticket.session);
  ASSERT_EQ(matches.size(), hit_recorder::max_single + 1);
  EXPECT_EQ(matches.back().count, 100 - hit_recorder::max_single);
  EXPECT_EQ(matches.back().offset, 2 * hit_recorder::max_single);
}

TEST(GuardedSessionTest, HeldTextDoesNotStopTheModel) {
  guarded_world world{{look_for("as", "a+!", guard_action::mask, 4096)}};
  world.begun();
  for (int i = 0; i < 64; ++i)
    world.say({std::string(4096, 'a')});
  auto granted = world.model().last()->granted.load();
  EXPECT_GE(granted + upstream_window_bytes, 64u * 4096u - 4096u);
  EXPECT_LE(granted, 64u * 4096u) << "no credit for what the model never said";
}

TEST(GuardedSessionTest, RestartFoldsTheRulesAndTheMasks) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun("I am a@b.de");
  world.say({"x@y", ".de "});
  world.kill(world.rt->services.registrar());
  world.kill(world.session(ticket.session));
  world.run();
  world.start_registrar();
  auto next = world.ask("More", ticket.session);
  world.run();
  ASSERT_TRUE(next.ok());
  const auto& prompt = world.model().last()->request.messages;
  EXPECT_EQ(prompt.at(0).content, "\"I am [mail]\"");
  EXPECT_EQ(prompt.at(1).content, "\"[mail] \"");
}

TEST(Promise1RecordedBeforeShownTest, AGuardedAnswerIsRecordedBeforeItIsShown) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.hold_journal();
  world.say({"a@b.de and", " more "});
  EXPECT_EQ(ann.sink->text(), "");
  world.release();
  world.run();
  EXPECT_EQ(ann.sink->text(), "[mail] and more ");
  for (const auto& e : ann.sink->events()) {
    EXPECT_LE(e.version, world.events(ticket.session).back().version);
  }
}

TEST(Promise4ReplayIsExactTest, AResumedStreamShowsWhatWasShown) {
  guarded_world world{{detect("mail", {"email"})}};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.say({"Ask a@b", ".de or c", "@d.org", " now"});
  world.model().last()->finish();
  world.run();
  auto bob = world.watch(ticket.session, {}, ticket.turn);
  world.run();
  EXPECT_EQ(bob.sink->text(), ann.sink->text());
  EXPECT_EQ(bob.sink->text(), "Ask [mail] or [mail] now");
}

} // namespace

} // namespace hansard::test
