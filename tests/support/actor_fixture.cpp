#include "tests/support/actor_fixture.hpp"

#include <caf/send.hpp>

#include <utility>

namespace hansard::test {

chat_world::chat_world(controller_options options, agent_spec spec)
    : actor_world(options) {
  if (spec.did.empty())
    spec = default_agent();
  register_agent(spec);
  allow("ann", spec.did);
  allow("bob", spec.did);
}

agent_spec chat_world::default_agent() {
  agent_spec spec;
  spec.did = "agent";
  spec.name = "Agent";
  spec.provider = "script";
  spec.model = "model-1";
  return spec;
}

message chat_world::says(const std::string& text) {
  message m;
  m.content = '"' + text + '"';
  return m;
}

pending<turn_ticket> chat_world::ask(turn_command command) {
  pending<turn_ticket> answer;
  auto what = std::make_shared<admit_turn>();
  what->command = std::move(command);
  what->answer = answer.as_reply();
  caf::anon_send(rt->services.gatekeeper(), admit_turn_ptr(std::move(what)));
  return answer;
}

pending<turn_ticket> chat_world::ask(
    const std::string& text, std::optional<session_id> session,
    const std::string& who) {
  turn_command command;
  command.who = user(who);
  command.request = "request";
  command.agent = "agent";
  command.session = session;
  command.messages = {says(text)};
  command.history = history_hint::delta;
  return ask(std::move(command));
}

client chat_world::watch(
    const session_id& session, std::optional<stream_version> after,
    turn_id turn, principal who) {
  client c;
  c.sink = new_sink();
  auto what = std::make_shared<attach_client>();
  what->command = {std::move(who), "request", session, turn, after, c.sink};
  what->answer = c.ticket.as_reply();
  caf::anon_send(
      rt->services.directory(session), attach_client_ptr(std::move(what)));
  return c;
}

pending<stop_ticket>
chat_world::stop(const session_id& session, turn_id turn, principal who) {
  pending<stop_ticket> answer;
  auto what = std::make_shared<stop_running_turn>();
  what->command = {std::move(who), "request", session, turn};
  what->answer = answer.as_reply();
  caf::anon_send(
      rt->services.directory(session), stop_running_turn_ptr(std::move(what)));
  return answer;
}

pending<stream_version> chat_world::rename(
    const session_id& session, const std::string& title, principal who) {
  pending<stream_version> answer;
  auto what = std::make_shared<rename_session>();
  what->who = std::move(who);
  what->request = "request";
  what->session = session;
  what->title = title;
  what->answer = answer.as_reply();
  caf::anon_send(
      rt->services.directory(session), rename_session_ptr(std::move(what)));
  return answer;
}

turn_ticket
chat_world::begun(const std::string& text, std::optional<session_id> session) {
  auto calls = model().calls();
  auto ticket = ask(text, session);
  run();
  EXPECT_TRUE(ticket.ok());
  EXPECT_EQ(model().calls(), calls + 1);
  return ticket.ok() ? ticket.value() : turn_ticket{};
}

turn_ticket chat_world::chatted(
    std::optional<session_id> session, const std::vector<std::string>& answer) {
  auto ticket = begun("Hi", session);
  model().last()->say(answer);
  model().last()->finish();
  run();
  return ticket;
}

} // namespace hansard::test
