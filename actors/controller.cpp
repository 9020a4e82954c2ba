#include "actors/controller.hpp"

#include "actors/control/registrar.hpp"
#include "actors/log_event.hpp"
#include "actors/recovery.hpp"
#include "actors/runtime.hpp"
#include "actors/supervisor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

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
    set("scheduler.max-threads", or_cores(options.worker_threads));
    // One busy session must not hold a worker thread.
    set("scheduler.max-throughput", std::size_t{64});
  }
};

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

/// Brings the counters of budgets and rates up to the end of the log, in which
/// every turn has ended: nobody is let in on less.
result<void> load_usage(runtime& rt) {
  auto counted = make_usage(rt.rows);
  if (auto reached = catch_up(*counted, rt.log); !reached)
    return reached.error();
  return usage_reader{rt.rows}.load(rt.usage, rt.clock());
}

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
      reply<stream_version> answer, precondition expected) override {
    auto what = std::make_shared<rename_session>();
    what->who = std::move(who);
    what->request = std::move(request);
    what->session = session;
    what->title = std::move(title);
    what->expected = std::move(expected);
    what->answer = std::move(answer);
    caf::anon_send(rt_->services.directory(session), rename_session_ptr(what));
  }

  void look_at(session_id session, reply<session_activity> answer) override {
    auto what = std::make_shared<look_at_session>();
    what->session = session;
    what->answer = std::move(answer);
    caf::anon_send(rt_->services.directory(session), look_at_session_ptr(what));
  }

  void delete_session(
      principal who, std::string request, session_id session,
      reply<std::monostate> answer, precondition expected) override {
    auto what = std::make_shared<hide_session>();
    what->expected = std::move(expected);
    what->who = std::move(who);
    what->request = std::move(request);
    what->session = session;
    what->answer = std::move(answer);
    caf::anon_send(rt_->services.directory(session), hide_session_ptr(what));
  }

  const access_directory& access() const override { return rt_->access; }
  const guardrail_directory& guardrails() const override {
    return rt_->guardrails;
  }
  credential_vault& vault() override { return rt_->vault; }
  session_list_reader sessions() const override {
    return session_list_reader{rt_->rows};
  }
  usage_reader usage() const override { return usage_reader{rt_->rows}; }
  usage_counters
  counters_of(std::string_view user, std::string_view agent) const override {
    return rt_->usage.read(user, agent);
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
    // What nobody's next request would record.
    record_key_uses();
    auto order = std::make_shared<begin_drain>();
    order->deadline = deadline;
    order->answer = std::move(answer);
    caf::anon_send(supervisor_, begin_drain_ptr(order));
  }

protected:
  void record_all(
      decisions decide, std::function<void(result<void>)> done) override {
    auto what = std::make_shared<control_command>();
    what->decide = std::move(decide);
    what->done = std::move(done);
    caf::anon_send(rt_->services.registrar(), control_command_ptr(what));
  }
  timestamp now() const override { return rt_->clock(); }
  id_bytes new_id() const override { return rt_->new_id(); }

private:
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
    log_event(
        log_level::warning, "turns_interrupted",
        {{"count", recovered->turns_closed},
         {"reason", "the server had stopped without ending them"}});
  if (auto folded = fold_control_stream(*rt); !folded)
    return folded.error();
  if (auto loaded = load_usage(*rt); !loaded)
    return loaded.error();
  return std::unique_ptr<controller>(
      std::make_unique<actor_controller>(std::move(rt)));
}

} // namespace hansard
