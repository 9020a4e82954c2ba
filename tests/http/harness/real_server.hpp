#pragma once

#include "actors/controller.hpp"
#include "http/server.hpp"
#include "http/upstream/demo/demo_backend.hpp"
#include "http/wire/io_pool.hpp"
#include "tests/http/harness/raw_client.hpp"
#include "tests/projections/support.hpp"
#include "tests/support/scripted_backend.hpp"

#include <future>
#include <memory>
#include <string>
#include <string_view>

namespace hansard::test {

/// A server on a free port over the real actors and a log in memory. What is to
/// be in the log from before is written before start().
class real_server {
public:
  real_server();
  ~real_server();

  log_writer& past() { return writer_; }
  void start(server_options options = {});

  controller& actors() { return *actors_; }
  const event_log& log() const { return *log_; }
  /// The provider "script": says nothing until it is told.
  scripted_backend& model() { return *model_; }
  raw_client connect() const { return raw_client{server_->port()}; }
  /// One request on a connection of its own; of a stream only the head.
  raw_response ask(const std::string& request) const;

  /// Waits for a command of the controller. A refusal fails the test.
  template <class T, class Call>
  T done(Call&& call) {
    auto promise = std::make_shared<std::promise<result<T>>>();
    auto answer = promise->get_future();
    call(reply<T>{
        [promise](result<T> value) { promise->set_value(std::move(value)); }});
    return value_of(answer.get());
  }

  void add_user(
      const std::string& did, const std::string& key,
      user_role role = user_role::member);
  /// @param provider "demo" answers at once.
  void add_agent(const std::string& did, const std::string& provider);
  grant_record
  grant(const std::string& user, std::optional<timestamp> expires_at = {});
  void set_policy(
      policy_scope scope, std::string subject, const policy_rules& rules);
  /// A session of `user` with a turn of the "script" provider that runs.
  session_id running(const std::string& user, const std::string& agent);

  static constexpr std::string_view admin_key = "admin-key-0123456789abcdef";

private:
  std::unique_ptr<event_log> log_;
  std::unique_ptr<row_store> rows_;
  log_writer writer_;
  std::shared_ptr<scripted_backend> model_;
  std::unique_ptr<io_pool> pool_;
  std::unique_ptr<controller> actors_;
  std::unique_ptr<server> server_;
};

} // namespace hansard::test
