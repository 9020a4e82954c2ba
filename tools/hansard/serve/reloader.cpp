#include "tools/hansard/serve/reloader.hpp"

#include "actors/log_event.hpp"
#include "actors/secrets/api_key.hpp"
#include "actors/secrets/credential_vault.hpp"
#include "events/text/hex.hpp"
#include "tools/hansard/config/auth_config.hpp"
#include "tools/hansard/config/config_command.hpp"
#include "tools/hansard/config/credential_config.hpp"
#include "tools/hansard/config/read_file.hpp"
#include "tools/hansard/serve/bootstrap.hpp"
#include "tools/hansard/serve/logging.hpp"
#include "tools/hansard/serve/wait_for.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <utility>

namespace hansard {
namespace {

/// Certificates and sets of keys are far smaller.
constexpr std::size_t max_content_bytes = 4 << 20;

/// SHA-256 of the files, one after another; what can't be read counts as empty.
std::string digest_of(std::initializer_list<std::string_view> paths) {
  std::string text;
  for (auto path : paths) {
    if (path.empty())
      continue;
    const auto content =
        read_regular_file(std::string(path), max_content_bytes);
    text += hex_text(sha256(content ? *content : std::string()));
  }
  return text;
}

std::string name_of(const setting& s) {
  return fmt::format("{}.{}", s.section, s.key);
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(std::move(name));
}

/// Whether any of the names is of a section, or of one inside it.
bool concerns(const std::vector<std::string>& names, std::string_view section) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return name.starts_with(fmt::format("{}.", section));
  });
}

error unchanged(const error& why) {
  return make_error(
      ec::invalid_request,
      "The configuration was not reloaded; nothing has changed. "
          + why.message);
}

} // namespace

bool is_reloadable(const setting& s) {
  constexpr auto fixed = std::to_array<std::string_view>(
      {"listen", "io-threads", "query-threads", "log-format"});
  return s.section != "storage" && s.section != "sessions"
         && std::find(fixed.begin(), fixed.end(), s.flag) == fixed.end();
}

reload_report merge_settings(const settings& current, settings& wanted) {
  reload_report out;
  const bool same_scheme = current.server.tls_certificate_file.empty()
                           == wanted.server.tls_certificate_file.empty();
  for (const auto& s : all_settings()) {
    const auto before = text_of(current, s);
    if (text_of(wanted, s) == before)
      continue;
    const bool is_tls = s.flag == "tls-certificate" || s.flag == "tls-key";
    if (is_reloadable(s) && (!is_tls || same_scheme)) {
      out.changed.push_back(name_of(s));
      continue;
    }
    out.needs_restart.push_back(name_of(s));
    copy_value(wanted, current, s);
  }
  return out;
}

reloader::reloader(
    config_sources sources, config current, controller& actors, server& http)
    : sources_(std::move(sources)),
      actors_(actors),
      http_(http),
      current_(std::move(current)),
      contents_(read_contents(current_.settings)),
      drain_timeout_(current_.settings.drain_timeout) {}

reloader::~reloader() { thread_.join(); }

reloader::contents reloader::read_contents(const settings& s) const {
  return {
      digest_of({s.server.tls_certificate_file, s.server.tls_key_file}),
      digest_of({s.jwt_jwks_file})};
}

void reloader::ask(cause by, reply<reload_report> answer) {
  if (waiting_.fetch_add(1) >= max_waiting) {
    --waiting_;
    answer(make_error(
        ec::overloaded, "Other reloads wait already. Try again in a moment."));
    return;
  }
  boost::asio::post(
      thread_, [this, by = std::move(by), answer = std::move(answer)] {
        --waiting_;
        result<reload_report> done =
            make_error(ec::internal, "The reload failed.");
        try {
          done = run(by);
        } catch (const std::exception& e) {
          done = make_error(
              ec::internal, fmt::format("The reload failed: {}", e.what()));
        }
        if (done)
          log_event(
              log_level::info, "configuration_reloaded",
              {{"principal", by.principal},
               {"changed", fmt::format("{}", fmt::join(done->changed, ", "))},
               {"needs_restart",
                fmt::format("{}", fmt::join(done->needs_restart, ", "))}});
        else
          log_event(
              log_level::error, "configuration_not_reloaded",
              {{"principal", by.principal}, {"reason", done.error().message}});
        answer(std::move(done));
      });
}

void reload_door::ask(cause by, reply<reload_report> answer) {
  {
    std::lock_guard lock{mutex_};
    if (to_)
      return to_->ask(std::move(by), std::move(answer));
  }
  answer(make_error(
      ec::draining,
      "The server is starting, or going down. Try again in a few seconds."));
}

void reload_door::open(reloader& to) {
  std::lock_guard lock{mutex_};
  to_ = &to;
}

void reload_door::close() {
  std::lock_guard lock{mutex_};
  to_ = nullptr;
}

result<reload_report> reloader::run(const cause& by) {
  auto loaded = load_config(sources_);
  if (!loaded)
    return unchanged(loaded.error());
  auto& next = *loaded;
  auto report = merge_settings(current_.settings, next.settings);
  report.sha256 = hex_text(next.file_sha256);
  if (auto fits = check_machine(next); !fits)
    return unchanged(fits.error());
  if (auto fits = check_room(actors_, next); !fits)
    return unchanged(fits.error());
  auto believed = read_authentication(next.settings, ::getenv);
  if (!believed)
    return unchanged(believed.error());
  auto keys = read_credential_keys(next.settings, ::getenv);
  if (!keys)
    return unchanged(keys.error());
  // Taken before they are used: what changes in between is found next time.
  auto found = read_contents(next.settings);
  if (found.certificate != contents_.certificate)
    add_once(report.changed, "server.tls_certificate");
  if (found.token_keys != contents_.token_keys)
    add_once(report.changed, "auth.jwt.jwks_file");
  auto options = next.settings.server;
  options.authentication = std::move(*believed);
  auto change = http_.prepare(
      options,
      concerns(report.changed, "auth") || concerns(report.changed, "http"));
  if (!change)
    return unchanged(change.error());

  // From here on nothing is wrong any more but the log itself.
  auto ensured = ensure_all(actors_, next, by);
  if (!ensured)
    return make_error(
        ensured.error().code,
        "The reload was cut short, and a part of its agents, policies and "
        "guardrails may be in force. "
            + ensured.error().message);
  std::move(
      ensured->begin(), ensured->end(), std::back_inserter(report.changed));
  const auto before = actors_.vault().key_ids();
  actors_.vault().use(std::move(*keys));
  if (actors_.vault().key_ids() != before)
    report.changed.emplace_back("credentials.keys");
  http_.use(*change);
  set_log_level(next.settings.log_level);
  drain_timeout_ = next.settings.drain_timeout;
  for (const auto& warning : warnings_of(next))
    log_event(log_level::warning, "configuration", {{"hint", warning}});
  for (const auto& trouble : unusable_credentials(actors_.vault()))
    log_event(log_level::error, "credential_unusable", {{"reason", trouble}});
  configuration_reloaded event{
      next.file_sha256, report.changed, report.needs_restart, by};
  current_ = std::move(next);
  contents_ = std::move(found);
  auto recorded = wait_for<std::monostate>(
      [&](auto answer) { actors_.record_reload(std::move(event), answer); });
  if (!recorded)
    return recorded.error();
  return report;
}

} // namespace hansard
