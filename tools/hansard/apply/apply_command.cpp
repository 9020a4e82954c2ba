#include "tools/hansard/apply/apply_command.hpp"

#include "tools/hansard/admin/admin_command.hpp"
#include "tools/hansard/admin/answer.hpp"
#include "tools/hansard/apply/fetch.hpp"
#include "tools/hansard/apply/file.hpp"
#include "tools/hansard/apply/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace hansard {
namespace {

constexpr const char* explanation = R"help(
The file has [[users]], [[grants]], [[agents]], [[policies]], [[guardrails]] and
[[credentials]]; each table is the whole of what it names. What the file does not name stays as
it is, unless --prune removes it, of the kinds that the file has.

Examples:
  hansard apply -f org.toml --dry-run
      shows what would be done, and does nothing
  hansard apply -f org.toml

Exit codes: 0 done, or nothing to do; 2 --dry-run found something to do; 1 the
server refused, and the rest was not done; 64 wrong command line; 69 the server
can't be reached; 77 the key may not do that; 78 the file is wrong.)help";

timestamp now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

} // namespace

void apply_command::add_to(CLI::App& app, exit_code& outcome) {
  auto* apply = app.add_subcommand(
      "apply", "make a running server have what a file says");
  apply->footer(explanation);
  apply->add_option("-f,--file", file_, "what is wanted; - for stdin")
      ->type_name("FILE")
      ->required();
  apply->add_flag("--dry-run", dry_run_, "show the difference, change nothing");
  apply->add_flag(
      "--prune", prune_,
      "remove what the file does not name, of the kinds that it has");
  apply->add_flag("--json", json_, "the difference as one JSON object");
  login_.add_options(*apply);
  apply->callback([this, &outcome] { outcome = run(); });
}

result<std::vector<apply_step>> apply_command::plan(
    const admin_ask& ask, const apply_state& wanted, timestamp when) const {
  auto self = fetch_self(ask);
  if (!self)
    return self.error();
  auto actual = fetch_state(ask, wanted, prune_, when);
  if (!actual)
    return actual.error();
  return difference(wanted, *actual, *self, prune_);
}

exit_code apply_command::tell(
    std::span<const apply_step> steps, std::size_t done,
    const error* failed) const {
  if (failed)
    fmt::print(stderr, "hansard: {}\n", failed->message);
  if (json_)
    return print_out(difference_json(steps, done, dry_run_, failed));
  if (failed) {
    fmt::print(
        stderr, "hansard: {} of {} steps were done. Not done:\n{}", done,
        steps.size(), difference_text(steps.subspan(done)));
    return exit_code::ok;
  }
  if (login_.quiet)
    return exit_code::ok;
  if (steps.empty())
    return print_out("nothing to do\n");
  return print_out(
      dry_run_ ? fmt::format("{} to do, nothing done\n", steps.size())
               : fmt::format("{} done\n", steps.size()));
}

exit_code apply_command::run() {
  auto options = login_.options(environment_);
  if (!options)
    return refuse_call(options.error());
  auto text = read_input(file_);
  if (!text)
    return refuse_call(text.error());
  const auto when = now();
  const secret_source secrets{
      [](const std::string& name) {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
      },
      read_input};
  auto wanted =
      read_apply_file(*text, file_ == "-" ? "stdin" : file_, when, secrets);
  if (!wanted) {
    fmt::print(stderr, "hansard: {}\n", wanted.error().message);
    return exit_code::bad_config;
  }
  warn_if_open(options->server);
  admin_client client{std::move(*options)};
  const admin_ask ask = [&client](const admin_call& call) {
    return client.ask(call);
  };
  auto steps = plan(ask, *wanted, when);
  if (!steps) {
    if (steps.error().code != ec::invalid_request)
      return refuse_call(steps.error());
    fmt::print(stderr, "hansard: {}\n", steps.error().message);
    return exit_code::bad_config;
  }
  if (!json_ && !login_.quiet)
    if (auto out = print_out(difference_text(*steps)); out != exit_code::ok)
      return out;
  std::size_t done = 0;
  result<void> made;
  if (!dry_run_)
    made = do_steps(ask, *steps, done);
  const auto failed = made ? std::optional<error>() : made.error();
  const auto told = tell(*steps, done, failed ? &*failed : nullptr);
  if (failed)
    return exit_code_of_call(failed->code);
  if (told != exit_code::ok)
    return told;
  return dry_run_ && !steps->empty() ? exit_code::would_change : exit_code::ok;
}

} // namespace hansard
