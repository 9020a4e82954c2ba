#include "tests/http/harness/real_server.hpp"

#include "http/message/exchange.hpp"

#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

#include <map>
#include <stdexcept>

namespace hansard::test {

real_server::real_server()
    : log_(make_memory_event_log()),
      rows_(make_memory_row_store()),
      writer_(*log_),
      model_(std::make_shared<scripted_backend>(wall_clock)) {
  spdlog::set_level(spdlog::level::off);
}

real_server::~real_server() {
  server_.reset();
  actors_.reset();
  pool_.reset();
}

void real_server::start(server_options options) {
  options.port = 0;
  pool_ = std::make_unique<io_pool>(2);
  demo_options at_once;
  at_once.token_interval = std::chrono::milliseconds{0};
  std::map<std::string, std::shared_ptr<llm_backend>> backends{
      {"script", model_}, {"demo", make_demo_backend(*pool_, at_once)}};
  auto metrics = std::make_shared<prometheus::Registry>();
  auto made = make_controller(
      {}, *log_, *rows_, std::move(backends), metrics, [](const error&) {});
  if (!made)
    throw std::runtime_error(made.error().message);
  actors_ = std::move(*made);
  auto started = server::start(options, *pool_, *actors_, metrics);
  if (!started)
    throw std::runtime_error(started.error().message);
  server_ = std::move(*started);
  add_user("did:user:admin", std::string(admin_key), user_role::admin);
}

raw_response real_server::ask(const std::string& request) const {
  auto client = connect();
  client.send(request);
  auto head = client.read_head();
  if (head.header("content-type") != "text/event-stream")
    client.read_body(head);
  return head;
}

void real_server::add_user(
    const std::string& did, const std::string& key, user_role role) {
  done<std::monostate>(
      [&](auto answer) { actors_->register_user({}, did, "", role, answer); });
  done<issued_key>([&](auto answer) {
    key_wish wish;
    wish.user = did;
    wish.text = key;
    actors_->issue_key({}, std::move(wish), answer);
  });
}

void real_server::add_agent(
    const std::string& did, const std::string& provider) {
  agent_spec spec;
  spec.did = did;
  spec.provider = provider;
  spec.model = "model";
  done<std::monostate>(
      [&](auto answer) { actors_->register_agent({}, spec, answer); });
}

grant_record real_server::grant(
    const std::string& user, std::optional<timestamp> expires_at) {
  return done<grant_record>([&](auto answer) {
    actors_->issue_grant({}, user, "*", {"chat"}, expires_at, answer);
  });
}

void real_server::set_policy(
    policy_scope scope, std::string subject, const policy_rules& rules) {
  policy_spec spec;
  spec.scope = scope;
  spec.subject = std::move(subject);
  spec.rules = rules;
  done<policy_record>([&](auto answer) {
    actors_->set_policy({}, std::nullopt, spec, answer);
  });
}

session_id
real_server::running(const std::string& user, const std::string& agent) {
  turn_command command;
  command.who = {user, user_role::admin, {}};
  command.request = "setup";
  command.agent = agent;
  command.messages = {user_says("Hello")};
  return done<turn_ticket>([&](auto answer) {
           actors_->start_turn(std::move(command), answer);
         })
      .session;
}

} // namespace hansard::test
