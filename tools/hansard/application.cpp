#include "tools/hansard/application.hpp"

#include "actors/credentials.hpp"
#include "http/demo_backend.hpp"
#include "http/io_pool.hpp"
#include "http/openai_backend.hpp"
#include "http/server.hpp"
#include "tools/hansard/auth_config.hpp"
#include "tools/hansard/bootstrap.hpp"
#include "tools/hansard/config_command.hpp"
#include "tools/hansard/credential_config.hpp"
#include "tools/hansard/data_folder.hpp"
#include "tools/hansard/log_line.hpp"
#include "tools/hansard/logging.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>
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
    spdlog::warn(
        "few_descriptors allowed={} max_connections={} "
        "hint=\"raise `ulimit -n`, or lower max_connections\"",
        limit.rlim_cur, connections);
}

std::size_t or_cores(std::uint64_t threads) {
  if (threads > 0)
    return threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

server_options to_server_options(const settings& s) {
  server_options o;
  // validate() has read it before.
  const auto address = parse_listen(s.listen).value();
  o.host = address.host;
  o.port = address.port;
  o.tls_certificate_file = s.tls_certificate;
  o.tls_key_file = s.tls_key;
  o.hsts_max_age =
      std::chrono::duration_cast<std::chrono::seconds>(s.hsts_max_age);
  o.max_header_bytes = s.header_limit.bytes;
  o.max_body_bytes = s.body_limit.bytes;
  o.max_bodies_bytes = s.bodies_limit.bytes;
  o.max_connections = s.max_connections;
  o.max_streams = s.max_streams;
  o.max_waiting_queries = s.max_waiting_queries;
  o.tls_handshake_timeout = s.tls_handshake_timeout;
  o.header_timeout = s.header_timeout;
  o.body_timeout = s.body_timeout;
  o.idle_timeout = s.idle_timeout;
  o.write_timeout = s.write_timeout;
  o.head_wait = s.head_wait;
  o.ping_interval = s.ping_interval;
  o.read_patience = s.read_patience;
  o.query_threads = s.query_threads;
  return o;
}

controller_options to_controller_options(const settings& s) {
  controller_options o;
  o.max_running_turns = s.max_running_turns;
  o.passivate_after = s.passivate_after;
  o.queue_patience = s.queue_patience;
  o.min_free_bytes = s.storage_min_free.bytes;
  o.worker_threads = or_cores(s.worker_threads);
  return o;
}

/// The parts, in the order in which they are built; they go in the other.
class application {
public:
  explicit application(const config& c)
      : config_(c),
        folder_{c.settings.storage_path},
        signals_(main_, SIGTERM, SIGINT),
        grace_(main_) {}

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
    announce();
    main_.run();
    if (outcome_ == exit_code::ok)
      server_->close(close_patience);
    spdlog::info(
        "stopped turns_left={} exit_code={}", controller_->running_turns(),
        static_cast<int>(outcome_));
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
    auto options = to_server_options(config_.settings);
    auto authentication = read_authentication(config_.settings, ::getenv);
    if (!authentication) {
      failed_in_ = exit_code::bad_config;
      return authentication.error();
    }
    options.authentication = std::move(*authentication);
    auto started =
        server::start(std::move(options), *pool_, *controller_, metrics_);
    if (!started)
      return started.error();
    server_ = std::move(*started);
    return {};
  }

  /// The event log, and the rows of the projections beside it.
  result<void> open_storage() {
    failed_in_ = exit_code::cannot_create;
    if (auto made = make_folder(folder_.path); !made)
      return made;
    rocksdb_log_options options;
    options.path = folder_.log();
    options.block_cache_bytes = config_.settings.storage_cache.bytes;
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
        to_controller_options(config_.settings), *log_, *rows_,
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
      spdlog::error("credential_unusable reason={}", log_value(trouble));
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
      spdlog::warn(
          "admin_key_ignored hint=\"HANSARD_ADMIN_KEY counts on an empty data "
          "folder alone, and is no key of this one\"");
    auto changed = ensure_agents(*controller_, config_.agents);
    if (!changed) {
      failed_in_ = exit_code_of(changed.error().code);
      return changed.error();
    }
    if (*changed > 0)
      spdlog::info("agents_configured changed={}", *changed);
    auto set = ensure_policies(*controller_, config_.policies);
    if (!set) {
      failed_in_ = exit_code_of(set.error().code);
      return set.error();
    }
    if (*set > 0)
      spdlog::info("policies_configured changed={}", *set);
    return {};
  }

  void announce() {
    const auto& s = config_.settings;
    const auto address = parse_listen(s.listen).value();
    const bool v6 = address.host.find(':') != std::string::npos;
    const auto url = fmt::format(
        "{}://{}{}{}:{}", s.tls_certificate.empty() ? "http" : "https",
        v6 ? "[" : "", address.host, v6 ? "]" : "", server_->port());
    spdlog::info(
        "started url={} storage_path={} version={}", url,
        log_value(s.storage_path), HANSARD_VERSION);
    fmt::print("listening on {}\n", url);
    std::fflush(stdout);
  }

  /// The first signal: nothing new, and what runs may end.
  void end() {
    // From here on a signal ends the process at once: the log can take it.
    signals_.clear();
    const auto deadline = config_.settings.drain_timeout;
    spdlog::info(
        "stopping running_turns={} deadline_ms={}",
        controller_->running_turns(), deadline.count());
    server_->begin_drain();
    controller_->drain(
        deadline, reply<std::monostate>([this](result<std::monostate>) {
          asio::post(main_, [this] { main_.stop(); });
        }));
  }

  /// The log can't be trusted any more.
  void give_up(const error& why) {
    spdlog::critical(
        "log_failed reason={} exit_code={}", log_value(why.message),
        static_cast<int>(exit_code::io_error));
    outcome_ = exit_code::io_error;
    server_->stop_accepting();
    grace_.expires_after(fatal_grace);
    grace_.async_wait(
        [this](const boost::system::error_code&) { main_.stop(); });
  }

  const config& config_;
  const data_folder folder_;
  asio::io_context main_{1};
  // Without work of its own, main_ would be done before anything happened.
  asio::signal_set signals_;
  asio::steady_timer grace_;
  exit_code outcome_ = exit_code::ok;
  exit_code failed_in_ = exit_code::internal;

  std::unique_ptr<event_log> log_;
  std::unique_ptr<row_store> rows_;
  std::shared_ptr<prometheus::Registry> metrics_;
  std::unique_ptr<io_pool> pool_;
  std::unique_ptr<controller> controller_;
  std::unique_ptr<server> server_;
};

} // namespace

exit_code serve(const config& c, const std::optional<std::string>& admin_key) {
  std::signal(SIGPIPE, SIG_IGN);
  // A terminal that closes is no reason to stop serving.
  std::signal(SIGHUP, SIG_IGN);
  if (auto fits = check_machine(c); !fits) {
    fmt::print(stderr, "hansard: {}\n", fits.error().message);
    return exit_code::bad_config;
  }
  start_logging(c.settings.log_level, c.settings.log_format);
  for (const auto& warning : warnings_of(c))
    spdlog::warn("configuration hint={}", log_value(warning));
  raise_descriptor_limit(c.settings.max_connections);
  auto outcome = exit_code::internal;
  {
    application app(c);
    outcome = app.run(admin_key);
  }
  stop_logging();
  return outcome;
}

} // namespace hansard
