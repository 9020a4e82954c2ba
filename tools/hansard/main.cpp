#include "tools/hansard/admin/admin_command.hpp"
#include "tools/hansard/apply/apply_command.hpp"
#include "tools/hansard/config/config.hpp"
#include "tools/hansard/config/config_command.hpp"
#include "tools/hansard/config/settings.hpp"
#include "tools/hansard/config/settings_reference.hpp"
#include "tools/hansard/offline/events_command.hpp"
#include "tools/hansard/offline/new_admin_key_command.hpp"
#include "tools/hansard/offline/rebuild_command.hpp"
#include "tools/hansard/serve/application.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>

namespace hansard {
namespace {

constexpr const char* examples = R"(
Examples:
  hansard serve
      serves the demo agent on http://127.0.0.1:8080, data in ./data
  hansard serve --config hansard.toml --listen 0.0.0.0:8080
  hansard config check --config hansard.toml
      prints the effective configuration and where each value came from
  hansard events --session sess_01J9ZK3V5T8Q2W4X6Y7Z8A9B0C
      prints what was recorded of a session, no server running
  hansard rebuild
      folds the session list and the histories anew from the log
  hansard admin users list --server https://hansard.example
      asks a running server, with the key in HANSARD_KEY

Each setting of `serve` can be given in the file, as a HANSARD_... variable or
as a flag. A flag wins over a variable, and a variable wins over the file.)";

/// What the command line says; each command is a callback of its subcommand.
struct command_line {
  config_sources sources;
  events_command events;
  rebuild_command rebuild;
  new_admin_key_command new_admin_key;
  exit_code outcome = exit_code::ok;

  void add_config(CLI::App& command) {
    command
        .add_option("-c,--config", sources.file, "file with the configuration")
        ->envname(std::string(config_variable))
        ->type_name("FILE");
  }

  void add_setting(CLI::App& command, const setting& s) {
    const settings defaults;
    command
        .add_option_function<std::string>(
            "--" + std::string(s.flag),
            [this, flag = std::string(s.flag)](const std::string& value) {
              sources.flags.emplace_back(flag, value);
            },
            std::string(s.help)
                + (text_of(defaults, s).empty()
                       ? ""
                       : fmt::format(" [{}]", text_of(defaults, s))))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name(s.choices.empty() ? "" : std::string(s.choices))
        ->group(fmt::format("[{}]", s.section));
  }

  /// Every setting: for what configures a whole server.
  void add_settings(CLI::App& command) {
    add_config(command);
    for (const auto& s : all_settings())
      add_setting(command, s);
    command
        .add_option_function<std::vector<std::string>>(
            "--agent",
            [this](const std::vector<std::string>& agents) {
              sources.agents = agents;
            },
            "an agent as an inline TOML table, in place of those of the file; "
            "may "
            "be repeated")
        ->type_name("'{ did = \"...\", ... }'")
        // One value a flag: a table is never followed by a bare word.
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("[[agents]]");
  }

  /// Where the data is: for what reads a data folder.
  void add_storage(CLI::App& command) {
    add_config(command);
    for (const auto& s : all_settings())
      if (s.flag == "storage-path")
        add_setting(command, s);
  }

  /// Loads the configuration and goes on with it.
  void with_config(const std::function<exit_code(const config&)>& next) {
    auto loaded = load_config(sources);
    if (loaded) {
      outcome = next(*loaded);
      return;
    }
    fmt::print(
        stderr, "hansard: the configuration is not valid:\n{}\n",
        loaded.error().message);
    outcome = exit_code::bad_config;
  }

  void add_serve(CLI::App& app) {
    auto* command = app.add_subcommand("serve", "run the server");
    add_settings(*command);
    command->callback([this] {
      with_config([this](const config& c) {
        const auto key =
            sources.environment.find(std::string(admin_key_variable));
        return serve(
            c, sources,
            key == sources.environment.end()
                ? std::nullopt
                : std::optional<std::string>(key->second));
      });
    });
  }

  void add_events(CLI::App& app) {
    auto* command = app.add_subcommand(
        "events", "print recorded events as NDJSON, no server running");
    add_storage(*command);
    command
        ->add_option(
            "--session", events.session,
            "one session; without it: the whole log")
        ->type_name("sess_...");
    command
        ->add_option(
            "--from", events.from,
            "first version of the session, or first position of the log [1]")
        ->type_name("N");
    command->callback([this] {
      with_config([this](const config& c) {
        events.storage_path = c.settings.storage_path;
        return events.run();
      });
    });
  }

  void add_rebuild(CLI::App& app) {
    auto* command = app.add_subcommand(
        "rebuild", "fold the projections anew from the log, no server running");
    add_storage(*command);
    command->add_flag(
        "--check", rebuild.check,
        "change nothing; compare the stored rows with a rebuild");
    command->callback([this] {
      with_config([this](const config& c) {
        rebuild.storage_path = c.settings.storage_path;
        return rebuild.run();
      });
    });
  }

  void add_new_admin_key(CLI::App& app) {
    auto* command = app.add_subcommand(
        "new-admin-key",
        "give the first administrator one more key, no server running");
    add_storage(*command);
    command->callback([this] {
      with_config([this](const config& c) {
        new_admin_key.storage_path = c.settings.storage_path;
        return new_admin_key.run();
      });
    });
  }

  void add_config_command(CLI::App& app) {
    auto* command = app.add_subcommand("config", "look at the configuration");
    command->require_subcommand(1);
    auto* check = command->add_subcommand(
        "check", "print the effective configuration, or what is wrong with it");
    add_settings(*check);
    check->callback([this] { with_config(check_config); });
    command
        ->add_subcommand(
            "reference", "print every setting as a Markdown document")
        ->callback([] { fmt::print("{}", settings_reference()); });
  }
};

int run(int count, char** arguments) {
  CLI::App app{
      "Hansard: an event-sourced chat server between people and language "
      "models.",
      "hansard"};
  app.set_version_flag("--version", "hansard " HANSARD_VERSION);
  app.footer(examples);
  app.require_subcommand(1);
  command_line line;
  line.sources.environment = hansard_variables(environ);
  line.add_serve(app);
  line.add_events(app);
  line.add_rebuild(app);
  line.add_new_admin_key(app);
  line.add_config_command(app);
  admin_command admin{line.sources.environment};
  admin.add_to(app, line.outcome);
  apply_command apply{line.sources.environment};
  apply.add_to(app, line.outcome);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& e) {
    // Also how --help ends.
    return app.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  return static_cast<int>(line.outcome);
}

} // namespace
} // namespace hansard

int main(int count, char** arguments) {
  try {
    return hansard::run(count, arguments);
  } catch (const std::exception& e) {
    std::fprintf(
        stderr, "hansard: internal error: %s; please report it\n", e.what());
    return static_cast<int>(hansard::exit_code::internal);
  }
}
