#include "actors/controller.hpp"
#include "actors/secrets/api_key.hpp"
#include "events/codec/codec.hpp"
#include "tests/support/faulty_event_log.hpp"
#include "tests/support/recording_sink.hpp"
#include "tests/support/scripted_backend.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace hansard::test {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds patience{30};

timestamp now_utc() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

/// An answer, waited for.
template <class T>
class asked {
public:
  reply<T> as_reply() {
    return reply<T>{[promise = promise_](result<T> r) {
      promise->set_value(std::move(r));
    }};
  }
  result<T> get() {
    auto future = promise_->get_future();
    if (future.wait_for(patience) != std::future_status::ready)
      return make_error(ec::timed_out, "The test waited for too long.");
    return future.get();
  }

private:
  std::shared_ptr<std::promise<result<T>>> promise_ =
      std::make_shared<std::promise<result<T>>>();
};

principal user(const std::string& name, user_role role) {
  principal who;
  who.user = name;
  who.role = role;
  return who;
}

class ControllerTest : public testing::Test {
protected:
  ControllerTest() {
    start();
    agent_spec spec;
    spec.did = "agent";
    spec.provider = "script";
    spec.model = "model-1";
    asked<std::monostate> registered;
    server->register_agent({}, spec, registered.as_reply());
    EXPECT_TRUE(registered.get());
  }
  ~ControllerTest() override {
    for (const auto& sink : sinks_)
      sink->leave("shutdown");
  }

  void start() {
    auto made = make_controller(
        {}, log, *rows, {{"script", model}},
        std::make_shared<prometheus::Registry>(), [](error) {});
    ASSERT_TRUE(made);
    server = std::move(*made);
  }
  result<std::monostate> add_user(const std::string& name) {
    asked<std::monostate> done;
    server->register_user({}, name, name, user_role::member, done.as_reply());
    return done.get();
  }
  result<turn_ticket>
  ask(std::optional<session_id> session = {}, const char* who = "root") {
    turn_command command;
    command.who = user(who, user_role::admin);
    command.agent = "agent";
    command.session = session;
    message m;
    m.content = "\"Hi\"";
    command.messages = {m};
    command.history = history_hint::delta;
    asked<turn_ticket> ticket;
    server->start_turn(std::move(command), ticket.as_reply());
    return ticket.get();
  }
  std::shared_ptr<recording_sink> watch(const session_id& session) {
    auto sink = std::make_shared<recording_sink>();
    sinks_.push_back(sink);
    attach_command command;
    command.who = user("root", user_role::admin);
    command.session = session;
    command.sink = sink;
    asked<attach_ticket> ticket;
    server->attach(std::move(command), ticket.as_reply());
    EXPECT_TRUE(ticket.get());
    return sink;
  }
  result<std::monostate> drain(milliseconds deadline) {
    asked<std::monostate> done;
    server->drain(deadline, done.as_reply());
    return done.get();
  }
  bool is_projected() {
    asked<std::monostate> there;
    server->when_projected(log.head(), patience, there.as_reply());
    return there.get().has_value();
  }

  faulty_event_log log;
  std::unique_ptr<row_store> rows = make_memory_row_store();
  std::shared_ptr<scripted_backend> model =
      std::make_shared<scripted_backend>(now_utc);
  std::unique_ptr<controller> server;

private:
  std::vector<std::shared_ptr<recording_sink>> sinks_;
};

} // namespace

TEST_F(ControllerTest, ATurnRunsFromQuestionToRows) {
  auto ticket = ask();
  ASSERT_TRUE(ticket);
  auto sink = watch(ticket->session);
  auto call = model->wait_for(0);
  ASSERT_TRUE(call);
  call->say({"Hello", " world"});
  ASSERT_TRUE(sink->wait_for_text("Hello world"));
  call->finish();
  ASSERT_TRUE(sink->wait_for_end());
  EXPECT_TRUE(sink->is_finished());
  EXPECT_EQ(sink->complaint(), "");
  ASSERT_TRUE(is_projected());
  auto row = server->sessions().find(ticket->session);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->message_count, 2u);
  auto page = server->history().read(ticket->session);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->messages.at(1).body.content, "\"Hello world\"");
}

TEST_F(ControllerTest, AdministrationChecksWhatItIsTold) {
  asked<std::monostate> twice;
  agent_spec spec;
  spec.did = "agent";
  server->register_agent({}, spec, twice.as_reply());
  EXPECT_EQ(twice.get().error().code, ec::already_exists);
  asked<grant_record> nobody;
  server->issue_grant({}, "nobody", "agent", {"chat"}, {}, nobody.as_reply());
  EXPECT_EQ(nobody.get().error().code, ec::not_found);
  ASSERT_TRUE(add_user("ann"));
  EXPECT_EQ(add_user("ann").error().code, ec::already_exists);
  asked<grant_record> nothing;
  server->issue_grant({}, "ann", "nothing", {"chat"}, {}, nothing.as_reply());
  EXPECT_EQ(nothing.get().error().code, ec::not_found);
  asked<std::monostate> retired;
  server->retire_agent({}, "nothing", retired.as_reply());
  EXPECT_EQ(retired.get().error().code, ec::not_found);
}

TEST_F(ControllerTest, AGrantIsSeenAtOnceAndGoneOnceRevoked) {
  ASSERT_TRUE(add_user("ann"));
  asked<grant_record> issued;
  server->issue_grant({}, "ann", "agent", {"chat"}, {}, issued.as_reply());
  auto grant = issued.get();
  ASSERT_TRUE(grant);
  auto ann = user("ann", user_role::member);
  EXPECT_EQ(
      server->access().basis_for(ann, "agent", "chat", now_utc()),
      grant->id.to_string());
  asked<std::monostate> revoked;
  server->revoke_grant({}, "ann", grant->id, revoked.as_reply());
  EXPECT_TRUE(revoked.get());
  EXPECT_FALSE(server->access().basis_for(ann, "agent", "chat", now_utc()));
  asked<std::monostate> again;
  server->revoke_grant({}, "ann", grant->id, again.as_reply());
  EXPECT_EQ(again.get().error().code, ec::not_found);
}

TEST_F(ControllerTest, AKeyIsKnownByItsTextAndStoredAsADigest) {
  ASSERT_TRUE(add_user("ann"));
  asked<issued_key> issued;
  server->issue_key({}, {"ann", "laptop"}, issued.as_reply());
  auto key = issued.get();
  ASSERT_TRUE(key);
  EXPECT_TRUE(is_well_formed_api_key(key->text));
  auto found = server->access().find_key(sha256(key->text), now_utc());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "ann");
  for (const auto& e : events_of(log, control_stream)) {
    std::string encoded;
    encode(e.body, encoded);
    EXPECT_EQ(encoded.find(key->text), std::string::npos);
  }
}

TEST_F(ControllerTest, AWaitForEventsThatNeverComeRunsOut) {
  asked<std::monostate> never;
  server->when_projected(log.head() + 1, milliseconds{1}, never.as_reply());
  EXPECT_EQ(never.get().error().code, ec::timed_out);
}

TEST_F(ControllerTest, ADrainWaitsForRunningTurnsAndTakesNoNewOnes) {
  auto ticket = ask();
  ASSERT_TRUE(ticket);
  auto call = model->wait_for(0);
  ASSERT_TRUE(call);
  asked<std::monostate> drained;
  server->drain(patience, drained.as_reply());
  EXPECT_EQ(ask().error().code, ec::draining);
  EXPECT_EQ(server->running_turns(), 1u);
  EXPECT_FALSE(server->obstacles().empty());
  call->finish();
  EXPECT_TRUE(drained.get());
  EXPECT_TRUE(story_of(log, stream_of(ticket->session))
                  .ends_with("generation_completed"));
}

TEST_F(ControllerTest, ADrainsDeadlineInterruptsWhatStillRuns) {
  auto ticket = ask();
  ASSERT_TRUE(ticket);
  auto sink = watch(ticket->session);
  auto call = model->wait_for(0);
  ASSERT_TRUE(call);
  EXPECT_TRUE(drain(milliseconds{0}));
  EXPECT_TRUE(sink->wait_for_end());
  EXPECT_TRUE(sink->is_finished());
  EXPECT_EQ(server->running_turns(), 0u);
  EXPECT_NE(
      story_of(log, stream_of(ticket->session)).find("generation_interrupted"),
      std::string::npos);
}

TEST_F(ControllerTest, AServerThatEndsInTheMiddleClosesTheTurnAtItsNextStart) {
  auto ticket = ask();
  ASSERT_TRUE(ticket);
  auto sink = watch(ticket->session);
  auto call = model->wait_for(0);
  ASSERT_TRUE(call);
  call->say({"half"});
  ASSERT_TRUE(sink->wait_for_text("half"));
  server.reset();
  EXPECT_TRUE(sink->has_failed());
  EXPECT_EQ(sink->failure()->code, ec::draining);
  start();
  EXPECT_NE(
      story_of(log, stream_of(ticket->session))
          .find("\"half\" generation_interrupted"),
      std::string::npos);
  EXPECT_TRUE(ask(ticket->session));
}

TEST_F(ControllerTest, AServerEndsThoughAFinishedClientNeverClosed) {
  auto ticket = ask();
  ASSERT_TRUE(ticket);
  auto sink = watch(ticket->session);
  model->wait_for(0)->finish();
  ASSERT_TRUE(sink->wait_for_end());
  server.reset();
  EXPECT_TRUE(sink->is_finished());
}

TEST_F(ControllerTest, ManyTurnsAtOnceEachGetTheirOwnAnswer) {
  constexpr std::size_t count = 50;
  std::vector<turn_ticket> tickets;
  std::vector<std::shared_ptr<recording_sink>> sinks;
  for (std::size_t i = 0; i < count; ++i) {
    auto ticket = ask();
    ASSERT_TRUE(ticket);
    tickets.push_back(*ticket);
    sinks.push_back(watch(ticket->session));
  }
  std::map<session_id, std::string> expected;
  for (std::size_t i = 0; i < count; ++i) {
    auto call = model->wait_for(i);
    ASSERT_TRUE(call);
    auto& text = expected[call->request.session];
    for (int t = 0; t < 40; ++t) {
      auto token = std::to_string(i) + '/' + std::to_string(t) + ' ';
      text += token;
      call->say({token});
    }
    call->finish();
  }
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(sinks[i]->wait_for_end());
    EXPECT_EQ(sinks[i]->text(), expected[tickets[i].session]);
    EXPECT_EQ(sinks[i]->complaint(), "");
  }
}

} // namespace hansard::test
