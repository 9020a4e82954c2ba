#include "actors/controller.hpp"

#include "actors/credentials.hpp"
#include "actors/guard_program.hpp"
#include "actors/recovery.hpp"
#include "actors/registrar.hpp"
#include "actors/runtime.hpp"
#include "actors/supervisor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace hansard {

namespace {

/// CAF's own command line and file stay off: Hansard has one configuration.
struct system_config : caf::actor_system_config {
  explicit system_config(const controller_options& options) {
    // The default policy steals work by polling: measured 25 % of a core in an
    // idle process. Sharing blocks.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", options.worker_threads);
    // One busy session must not hold a worker thread.
    set("scheduler.max-throughput", std::size_t{64});
  }
};

error no_such_agent() {
  return make_error(ec::not_found, "There is no such agent.");
}

error no_such_user() {
  return make_error(
      ec::not_found,
      "There is no such user. Register one with POST /api/users.");
}

/// Ends the waits for projections that last too long.
class expiry_thread {
public:
  explicit expiry_thread(projection_progress& progress)
      : progress_(&progress),
        thread_([this] { run(); }) {}

  ~expiry_thread() {
    {
      std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  /// Somebody waits.
  void look() {
    {
      std::lock_guard lock{mutex_};
      waiting_ = true;
    }
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      wake_.wait(lock, [this] { return waiting_ || stopping_; });
      wake_.wait_for(
          lock, std::chrono::milliseconds{50}, [this] { return stopping_; });
      lock.unlock();
      bool waiting = progress_->expire(std::chrono::steady_clock::now());
      lock.lock();
      waiting_ = waiting;
    }
  }

  projection_progress* progress_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool waiting_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

class actor_controller : public controller {
public:
  explicit actor_controller(runtime_ptr rt)
      : rt_(std::move(rt)),
        config_(rt_->options),
        system_(config_),
        expiry_(rt_->progress) {
    auto started = std::make_shared<std::promise<void>>();
    auto done = started->get_future();
    supervisor_ = system_.spawn(supervisor, rt_, started);
    done.wait();
  }

  ~actor_controller() override {
    rt_->draining = true;
    rt_->stopping = true;
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    supervisor_ = nullptr;
    system_.await_all_actors_done();
  }

  void start_turn(turn_command command, reply<turn_ticket> answer) override {
    auto admit = std::make_shared<admit_turn>();
    admit->command = std::move(command);
    admit->answer = std::move(answer);
    caf::anon_send(rt_->services.gatekeeper(), admit_turn_ptr(admit));
  }

  void attach(attach_command command, reply<attach_ticket> answer) override {
    auto directory = rt_->services.directory(command.session);
    auto what = std::make_shared<attach_client>();
    what->command = std::move(command);
    what->answer = std::move(answer);
    caf::anon_send(directory, attach_client_ptr(what));
  }

  void stop_turn(stop_command command, reply<stop_ticket> answer) override {
    auto directory = rt_->services.directory(command.session);
    auto what = std::make_shared<stop_running_turn>();
    what->command = std::move(command);
    what->answer = std::move(answer);
    caf::anon_send(directory, stop_running_turn_ptr(what));
  }

  void rename(
      principal who, std::string request, session_id session, std::string title,
      reply<stream_version> answer) override {
    auto what = std::make_shared<rename_session>();
    what->who = std::move(who);
    what->request = std::move(request);
    what->session = session;
    what->title = std::move(title);
    what->answer = std::move(answer);
    caf::anon_send(rt_->services.directory(session), rename_session_ptr(what));
  }

  void look_at(session_id session, reply<session_activity> answer) override {
    auto what = std::make_shared<look_at_session>();
    what->session = session;
    what->answer = std::move(answer);
    caf::anon_send(rt_->services.directory(session), look_at_session_ptr(what));
  }

  void register_agent(
      cause by, agent_spec spec, reply<std::monostate> answer) override {
    command(
        [by, spec](const access_directory& access) -> result<event> {
          auto known = access.find_agent(spec.did);
          if (known && !known->retired)
            return make_error(
                ec::already_exists,
                "There is an agent with this did. Change it "
                "with PATCH /api/agents/:did.");
          return event{agent_registered{spec, by}};
        },
        std::move(answer));
  }

  void reconfigure_agent(
      cause by, agent_spec spec, reply<std::monostate> answer) override {
    command(
        [by, spec](const access_directory& access) -> result<event> {
          auto known = access.find_agent(spec.did);
          if (!known || known->retired)
            return no_such_agent();
          return event{agent_reconfigured{spec, by}};
        },
        std::move(answer));
  }

  void retire_agent(
      cause by, std::string did, reply<std::monostate> answer) override {
    command(
        [by, did](const access_directory& access) -> result<event> {
          auto known = access.find_agent(did);
          if (!known || known->retired)
            return no_such_agent();
          return event{agent_retired{did, by}};
        },
        std::move(answer));
  }

  void register_user(
      cause by, std::string did, std::string display_name, user_role role,
      reply<std::monostate> answer) override {
    command(
        [=](const access_directory& access) -> result<event> {
          if (access.find_user(did))
            return make_error(
                ec::already_exists, "There is a user with this did.");
          return event{user_registered{did, display_name, role, by}};
        },
        std::move(answer));
  }

  void issue_key(
      cause by, std::string user, std::string label,
      std::optional<timestamp> expires_at, std::string text,
      reply<issued_key> answer) override {
    issued_key key;
    key.text = text.empty() ? make_api_key() : std::move(text);
    key.record.id = key_id{rt_->new_id()};
    key.record.user = std::move(user);
    key.record.label = std::move(label);
    key.record.sha256 = sha256(key.text);
    key.record.created_at = rt_->clock();
    key.record.expires_at = expires_at;
    api_key_issued issued;
    issued.id = key.record.id;
    issued.user = key.record.user;
    issued.label = key.record.label;
    issued.sha256 = key.record.sha256;
    issued.expires_us = expires_at ? to_unix_us(*expires_at) : 0;
    issued.by = std::move(by);
    command_with(
        [issued](const access_directory& access) -> result<event> {
          if (!access.find_user(issued.user))
            return no_such_user();
          return event{issued};
        },
        std::move(key), std::move(answer));
  }

  void issue_grant(
      cause by, std::string user, std::string agent,
      std::vector<std::string> capabilities,
      std::optional<timestamp> expires_at,
      reply<grant_record> answer) override {
    grant_record record;
    record.id = grant_id{rt_->new_id()};
    record.user = user;
    record.agent = agent;
    record.capabilities = capabilities;
    record.created_at = rt_->clock();
    record.expires_at = expires_at;
    grant_issued issued{
        record.id,
        std::move(user),
        std::move(agent),
        std::move(capabilities),
        expires_at ? to_unix_us(*expires_at) : 0,
        std::move(by)};
    command_with(
        [issued](const access_directory& access) -> result<event> {
          if (!access.find_user(issued.user))
            return no_such_user();
          auto known = access.find_agent(issued.agent);
          if (issued.agent != "*" && (!known || known->retired))
            return no_such_agent();
          return event{issued};
        },
        std::move(record), std::move(answer));
  }

  void revoke_grant(
      cause by, std::string user, grant_id id,
      reply<std::monostate> answer) override {
    command(
        [=](const access_directory& access) -> result<event> {
          for (const auto& grant : access.grants_of(user))
            if (grant.id == id && !grant.revoked)
              return event{grant_revoked{id, user, by}};
          return make_error(
              ec::not_found, "The user has no such grant in force.");
        },
        std::move(answer));
  }

  void set_guardrail(
      cause by, guardrail_spec rule, reply<std::monostate> answer) override {
    if (auto usable = check_rule(rule); !usable) {
      answer(usable.error());
      return;
    }
    command(
        [rt = rt_, by, rule](const access_directory&) -> result<event> {
          if (rt->guardrails.rules()->size() >= guardrail_directory::max_rules
              && !rt->guardrails.find(rule.name))
            return make_error(
                ec::too_large, "There are 256 guardrails already. Remove some, "
                               "or give one more patterns.");
          return event{guardrail_set{rule, by}};
        },
        std::move(answer));
  }

  void remove_guardrail(
      cause by, std::string name, reply<std::monostate> answer) override {
    command(
        [rt = rt_, by, name](const access_directory&) -> result<event> {
          if (!rt->guardrails.find(name))
            return make_error(ec::not_found, "There is no such guardrail.");
          return event{guardrail_removed{name, by}};
        },
        std::move(answer));
  }

  const access_directory& access() const override { return rt_->access; }
  const guardrail_directory& guardrails() const override {
    return rt_->guardrails;
  }
  session_list_reader sessions() const override {
    return session_list_reader{rt_->rows};
  }
  message_history_reader history() const override {
    return message_history_reader{rt_->rows, rt_->log};
  }
  const event_log& log() const override { return rt_->log; }

  void when_projected(
      log_position position, std::chrono::milliseconds patience,
      reply<std::monostate> answer) override {
    rt_->progress.when_reached(
        position, std::chrono::steady_clock::now() + patience,
        std::move(answer));
    expiry_.look();
  }

  std::vector<std::string> obstacles() const override {
    std::vector<std::string> found;
    if (rt_->draining)
      found.push_back("the server is going down");
    if (rt_->log.failed())
      found.push_back("the event log has failed");
    auto free = rt_->log.free_bytes();
    if (free && *free < rt_->options.min_free_bytes)
      found.push_back("the disk is nearly full");
    constexpr std::uint64_t tolerated_lag = 10'000;
    if (rt_->progress.slowest() + tolerated_lag < rt_->log.head())
      found.push_back("the projections are catching up");
    return found;
  }

  std::size_t running_turns() const override { return rt_->running_turns; }

  void drain(std::chrono::milliseconds deadline, reply<std::monostate> answer)
      override {
    rt_->draining = true;
    auto order = std::make_shared<begin_drain>();
    order->deadline = deadline;
    order->answer = std::move(answer);
    caf::anon_send(supervisor_, begin_drain_ptr(order));
  }

private:
  using decision = std::function<result<event>(const access_directory&)>;

  void command(decision decide, reply<std::monostate> answer) {
    command_with(std::move(decide), std::monostate{}, std::move(answer));
  }

  /// Records what `decide` says and answers with `value`.
  template <class T>
  void command_with(decision decide, T value, reply<T> answer) {
    auto what = std::make_shared<control_command>();
    what->decide = std::move(decide);
    what->done = [value = std::move(value),
                  answer = std::move(answer)](result<void> done) {
      if (done)
        answer(value);
      else
        answer(done.error());
    };
    caf::anon_send(rt_->services.registrar(), control_command_ptr(what));
  }

  runtime_ptr rt_;
  system_config config_;
  caf::actor_system system_;
  expiry_thread expiry_;
  supervisor_actor supervisor_;
};

} // namespace

result<std::unique_ptr<controller>> make_controller(
    const controller_options& options, event_log& log, row_store& rows,
    std::map<std::string, std::shared_ptr<llm_backend>> backends,
    std::shared_ptr<prometheus::Registry> metrics,
    std::function<void(error)> on_fatal) {
  auto rt = std::make_shared<runtime>(
      options, log, rows, std::move(backends), std::move(metrics),
      std::move(on_fatal));
  auto recovered = recover(log, rt->clock());
  if (!recovered)
    return recovered.error();
  if (recovered->turns_closed > 0)
    spdlog::warn(
        "event=turns_interrupted count={} reason=\"the server had stopped "
        "without ending them\"",
        recovered->turns_closed);
  if (auto folded = fold_control_stream(*rt); !folded)
    return folded.error();
  return std::unique_ptr<controller>(
      std::make_unique<actor_controller>(std::move(rt)));
}

} // namespace hansard
