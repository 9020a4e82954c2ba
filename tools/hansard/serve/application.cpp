#include "tools/hansard/serve/application.hpp"

#include "actors/log_event.hpp"
#include "actors/secrets/api_key.hpp"
#include "http/server.hpp"
#include "http/upstream/demo/demo_backend.hpp"
#include "http/upstream/openai/openai_backend.hpp"
#include "http/wire/io_pool.hpp"
#include "tools/hansard/config/auth_config.hpp"
#include "tools/hansard/config/config_command.hpp"
#include "tools/hansard/config/credential_config.hpp"
#include "tools/hansard/config/data_folder.hpp"
#include "tools/hansard/serve/bootstrap.hpp"
#include "tools/hansard/serve/logging.hpp"
#include "tools/hansard/serve/reloader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <prometheus/registry.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

namespace hansard {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// After the log has failed: time for clients to be told, before the exit.
constexpr milliseconds fatal_grace{2'000};
/// After the last turn: time for clients to take what is on its way to them.
constexpr milliseconds close_patience{5'000};

/// A client is a descriptor, and so is the model server's side of its turn.
void raise_descriptor_limit(std::uint64_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2 * connections)
    log_event(
        log_level::warning, "few_descriptors",
        {{"allowed", limit.rlim_cur},
         {"max_connections", connections},
         {"hint", "raise `ulimit -n`, or lower max_connections"}});
}

/// The parts, in the order in which they are built; they go in the other.
class application {
public:
  application(const config& c, config_sources sources)
      : config_(c),
        sources_(std::move(sources)),
        folder_{c.settings.storage_path},
        signals_(main_, SIGTERM, SIGINT),
        reloads_(main_, SIGHUP),
        grace_(main_) {}

  application(const application&) = delete;
  application& operator=(const application&) = delete;
  // Requests may come for as long as the server is there; the reloader goes
  // before it.
  ~application() { reloads_wanted_->close(); }

  exit_code run(const std::optional<std::string>& admin_key) {
    if (auto ready = build(admin_key); !ready) {
      // Not every way to get here has a listener for the log's queue.
      fmt::print(stderr, "hansard: {}\n", ready.error().message);
      return failed_in_;
    }
    signals_.async_wait([this](const boost::system::error_code& ec, int) {
      if (!ec)
        end();
    });
    await_reload_signal();
    announce();
    main_.run();
    if (outcome_ == exit_code::ok)
      server_->close(close_patience);
    log_event(
        log_level::info, "stopped",
        {{"turns_left", controller_->running_turns()},
         {"exit_code", static_cast<int>(outcome_)}});
    return outcome_;
  }

private:
  result<void> build(const std::optional<std::string>& admin_key) {
    if (auto done = open_storage(); !done)
      return done;
    if (auto done = start_actors(); !done)
      return done;
    if (auto done = open_vault(); !done)
      return done;
    if (auto done = let_people_in(admin_key); !done)
      return done;
    failed_in_ = exit_code::unavailable;
    auto options = config_.settings.server;
    // validate() has read it before.
    const auto address = parse_listen(config_.settings.listen).value();
    options.host = address.host;
    options.port = address.port;
    auto authentication = read_authentication(config_.settings, ::getenv);
    if (!authentication) {
      failed_in_ = exit_code::bad_config;
      return authentication.error();
    }
    options.authentication = std::move(*authentication);
    options.reload =
        [door = reloads_wanted_](cause by, reply<reload_report> answer) {
          door->ask(std::move(by), std::move(answer));
        };
    auto started =
        server::start(std::move(options), *pool_, *controller_, metrics_);
    if (!started)
      return started.error();
    server_ = std::move(*started);
    reloader_ = std::make_unique<reloader>(
        std::move(sources_), config_, *controller_, *server_);
    reloads_wanted_->open(*reloader_);
    return {};
  }

  /// The event log, and the rows of the projections beside it.
  result<void> open_storage() {
    failed_in_ = exit_code::cannot_create;
    if (auto made = make_folder(folder_.path); !made)
      return made;
    rocksdb_log_options options;
    options.path = folder_.log();
    options.block_cache_bytes = config_.settings.storage_cache;
    options.max_open_files =
        static_cast<int>(config_.settings.storage_max_open_files);
    auto log = open_rocksdb_event_log(options);
    if (!log) {
      failed_in_ = exit_code_of(log.error().code);
      if (auto holder = holder_of(folder_))
        return make_error(
            ec::storage_locked,
            fmt::format(
                "{} Its process id is {}.", log.error().message, *holder));
      return log.error();
    }
    log_ = std::move(*log);
    auto rows = open_row_store(folder_.projections());
    if (!rows) {
      failed_in_ = exit_code_of(rows.error().code);
      return rows.error();
    }
    rows_ = std::move(*rows);
    return {};
  }

  /// Sockets' threads, the ways to models, and the actors over both.
  result<void> start_actors() {
    failed_in_ = exit_code::internal;
    metrics_ = std::make_shared<prometheus::Registry>();
    pool_ = std::make_unique<io_pool>(or_cores(config_.settings.io_threads));
    auto started = make_controller(
        config_.settings.actors, *log_, *rows_,
        {{"demo", make_demo_backend(*pool_)},
         {"openai-compatible", make_openai_backend(*pool_)}},
        metrics_, [this](error why) {
          asio::post(main_, [this, why = std::move(why)] { give_up(why); });
        });
    if (!started) {
      failed_in_ = exit_code_of(started.error().code);
      return started.error();
    }
    controller_ = std::move(*started);
    return {};
  }

  /// The keys to provider credentials. What they do not open is no reason not
  /// to serve the agents that need none.
  result<void> open_vault() {
    auto keys = read_credential_keys(config_.settings, ::getenv);
    if (!keys) {
      failed_in_ = exit_code::bad_config;
      return keys.error();
    }
    controller_->vault().use(std::move(*keys));
    for (const auto& trouble : unusable_credentials(controller_->vault()))
      log_event(log_level::error, "credential_unusable", {{"reason", trouble}});
    return {};
  }

  /// Agents, and the first administrator.
  result<void> let_people_in(const std::optional<std::string>& admin_key) {
    auto key = ensure_admin(*controller_, admin_key, folder_);
    if (!key) {
      failed_in_ = exit_code_of(key.error().code);
      return key.error();
    }
    if (*key && !(*key)->file.empty())
      fmt::print(
          "first start: the key of {} is {}\nit is kept in {} and not shown "
          "again\n",
          first_admin, (*key)->text, (*key)->file);
    const auto now = std::chrono::time_point_cast<timestamp::duration>(
        std::chrono::system_clock::now());
    if (admin_key && !controller_->access().find_key(sha256(*admin_key), now))
      log_event(
          log_level::warning, "admin_key_ignored",
          {{"hint", "HANSARD_ADMIN_KEY counts on an empty data folder alone, "
                    "and is no key of this one"}});
    auto changed = ensure_all(*controller_, config_, by_server());
    if (!changed) {
      failed_in_ = exit_code_of(changed.error().code);
      return changed.error();
    }
    if (!changed->empty())
      log_event(log_level::info, "configured", {{"changed", changed->size()}});
    return {};
  }

  void announce() {
    const auto& s = config_.settings;
    const auto address = parse_listen(s.listen).value();
    const bool v6 = address.host.find(':') != std::string::npos;
    const auto url = fmt::format(
        "{}://{}{}{}:{}",
        s.server.tls_certificate_file.empty() ? "http" : "https", v6 ? "[" : "",
        address.host, v6 ? "]" : "", server_->port());
    log_event(
        log_level::info, "started",
        {{"url", url},
         {"storage_path", s.storage_path},
         {"version", HANSARD_VERSION}});
    fmt::print("listening on {}\n", url);
    std::fflush(stdout);
  }

  void await_reload_signal() {
    reloads_.async_wait([this](const boost::system::error_code& ec, int) {
      if (ec)
        return;
      cause by = by_server();
      by.request = "SIGHUP";
      // What came of it is in the log.
      reloader_->ask(
          std::move(by),
          reply<reload_report>([](const result<reload_report>&) {}));
      await_reload_signal();
    });
  }

  /// The first signal: nothing new, and what runs may end.
  void end() {
    // From here on a signal ends the process at once: the log can take it.
    signals_.clear();
    const auto deadline = reloader_->drain_timeout();
    log_event(
        log_level::info, "stopping",
        {{"running_turns", controller_->running_turns()},
         {"deadline_ms", deadline.count()}});
    server_->begin_drain();
    controller_->drain(
        deadline, reply<std::monostate>([this](result<std::monostate>) {
          asio::post(main_, [this] { main_.stop(); });
        }));
  }

  /// The log can't be trusted any more.
  void give_up(const error& why) {
    log_event(
        log_level::critical, "log_failed",
        {{"reason", why.message},
         {"exit_code", static_cast<int>(exit_code::io_error)}});
    outcome_ = exit_code::io_error;
    server_->stop_accepting();
    grace_.expires_after(fatal_grace);
    grace_.async_wait(
        [this](const boost::system::error_code&) { main_.stop(); });
  }

  const config& config_;
  config_sources sources_;
  const data_folder folder_;
  asio::io_context main_{1};
  // Without work of its own, main_ would be done before anything happened.
  asio::signal_set signals_;
  asio::signal_set reloads_;
  asio::steady_timer grace_;
  exit_code outcome_ = exit_code::ok;
  exit_code failed_in_ = exit_code::internal;

  std::unique_ptr<event_log> log_;
  std::unique_ptr<row_store> rows_;
  std::shared_ptr<prometheus::Registry> metrics_;
  std::unique_ptr<io_pool> pool_;
  std::unique_ptr<controller> controller_;
  const std::shared_ptr<reload_door> reloads_wanted_ =
      std::make_shared<reload_door>();
  std::unique_ptr<server> server_;
  std::unique_ptr<reloader> reloader_;
};

} // namespace

exit_code serve(
    const config& c, config_sources sources,
    const std::optional<std::string>& admin_key) {
  std::signal(SIGPIPE, SIG_IGN);
  // Until there is something to reload, and once there is nothing any more.
  std::signal(SIGHUP, SIG_IGN);
  if (auto fits = check_machine(c); !fits) {
    fmt::print(stderr, "hansard: {}\n", fits.error().message);
    return exit_code::bad_config;
  }
  start_logging(c.settings.log_level, c.settings.log_format);
  for (const auto& warning : warnings_of(c))
    log_event(log_level::warning, "configuration", {{"hint", warning}});
  raise_descriptor_limit(c.settings.server.max_connections);
  auto outcome = exit_code::internal;
  {
    application app(c, std::move(sources));
    outcome = app.run(admin_key);
  }
  // The application's end put the default back, which is to die of it.
  std::signal(SIGHUP, SIG_IGN);
  stop_logging();
  return outcome;
}

} // namespace hansard
