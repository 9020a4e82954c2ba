#pragma once

#include "actors/controller.hpp"
#include "http/reload.hpp"
#include "http/server.hpp"
#include "tools/hansard/config/config.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace hansard {

/// Reads the configuration anew and puts it in force, one reload after another.
///
///   read and check all of it ─▶ build what can fail ─▶ record agents,
///   policies, guardrails ─▶ swap the rest ─▶ record the reload
///
/// Up to the first event nothing has changed, and whatever is wrong is found
/// there.
class reloader {
public:
  /// @param current what is in force; both parts outlive this.
  reloader(
      config_sources sources, config current, controller& actors, server& http);
  /// Waits for the reload that runs.
  ~reloader();

  /// Any thread; answers on another. Logs what came of it. See reload_action.
  void ask(cause by, reply<reload_report> answer);

  /// Any thread.
  std::chrono::milliseconds drain_timeout() const { return drain_timeout_; }

  /// Reloads that may wait for the one that runs.
  static constexpr std::size_t max_waiting = 8;

private:
  /// Files that settings name, and whose contents are in force.
  struct contents {
    std::string certificate;
    std::string token_keys;
  };

  result<reload_report> run(const cause& by);
  contents read_contents(const settings& s) const;

  const config_sources sources_;
  controller& actors_;
  server& http_;
  /// Of the reload's thread.
  config current_;
  contents contents_;
  std::atomic<std::chrono::milliseconds> drain_timeout_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool thread_{1};
};

/// Where requests find the reloader, from threads that are there before it and
/// after it: without one they are told to try again. Thread-safe.
class reload_door {
public:
  void ask(cause by, reply<reload_report> answer);
  /// @param to is there until close().
  void open(reloader& to);
  void close();

private:
  std::mutex mutex_;
  reloader* to_ = nullptr;
};

/// Whether a setting can change while the server runs.
bool is_reloadable(const setting& s);

/// Puts what needs a restart back to what it is in `current`.
/// @returns the names of what is different then, and of what was put back.
reload_report merge_settings(const settings& current, settings& wanted);

} // namespace hansard
