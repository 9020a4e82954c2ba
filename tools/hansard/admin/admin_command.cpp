#include "tools/hansard/admin/admin_command.hpp"

#include "tools/hansard/admin/answer.hpp"
#include "tools/hansard/admin/secret_input.hpp"
#include "tools/hansard/admin/text.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <cstdio>
#include <sstream>

namespace hansard {
namespace {

constexpr const char* examples = R"help(
Examples:
  export HANSARD_SERVER=https://hansard.example
  export HANSARD_KEY="$(cat my.key)"
  hansard admin whoami
  hansard admin users create did:example:ann --name Ann
  hansard admin keys create did:example:ann --label laptop --scope chat
  hansard admin grants add --user did:example:ann did:hansard:demo
  hansard admin policies set --scope group --subject interns \
      --max-tokens-per-day 200000
  hansard admin agents create did:example:analyst --file analyst.json
  hansard admin sessions list --user did:example:ann --json

Exit codes: 0 done, 1 the server refused, 64 wrong command line, 69 the server
can't be reached, 77 the key may not do that.)help";

constexpr const char* inherited =
    "\nThe options of `hansard admin --help` hold here too: --server, "
    "--key-file,\n--ca-file, --timeout, --json, --quiet.";

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

/// What was answered, for a person.
std::string shown(const admin_verb& verb, const boost::json::value& answer) {
  const auto* object = answer.if_object();
  if (!object)
    return cell_text(answer) + '\n';
  if (verb.pages.elements.empty())
    return record_text(*object);
  const auto* rows = object->if_contains(verb.pages.elements);
  if (!rows || !rows->is_array())
    return record_text(*object);
  return table_text(rows->get_array(), words(verb.columns));
}

/// Where a command's files are read: as secrets where it takes one.
text_source input_of(const admin_verb& verb) {
  for (const auto& parameter : verb.parameters)
    if (parameter.kind == admin_kind::file)
      return [](const std::string& path) {
        return read_secret_input(path, "Value");
      };
  return read_input;
}

} // namespace

exit_code refuse_call(const error& why) {
  fmt::print(stderr, "hansard: {}\n", why.message);
  return exit_code_of_call(why.code);
}

exit_code print_out(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size()
      && std::fflush(stdout) == 0;
  if (written)
    return exit_code::ok;
  fmt::print(stderr, "hansard: The output can't be written.\n");
  return exit_code::io_error;
}

void warn_if_open(const admin_server& server) {
  if (!server.is_private())
    fmt::print(
        stderr,
        "hansard: warning: the key goes to {} unencrypted; use https.\n",
        server.origin.key());
}

void admin_command::add_verb(
    CLI::App& parent, const admin_verb& verb, exit_code& outcome) {
  auto* command = parent.add_subcommand(
      std::string(verb.verb.empty() ? verb.noun : verb.verb),
      std::string(verb.help));
  command->fallthrough();
  for (const auto& parameter : verb.parameters) {
    const std::string flag(parameter.flag);
    if (parameter.kind == admin_kind::flag) {
      command->add_flag_callback(
          flag, [this, flag] { values_[flag] = {"true"}; },
          std::string(parameter.help));
      continue;
    }
    auto* option = command->add_option_function<std::vector<std::string>>(
        flag,
        [this, flag](const std::vector<std::string>& given) {
          values_[flag] = given;
        },
        std::string(parameter.help));
    // One value a flag: what follows it may be an argument of its own.
    option->expected(1)->allow_extra_args(false)->type_name(
        parameter.kind == admin_kind::number ? "N" : "");
    if (parameter.kind == admin_kind::list)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (!flag.starts_with("--"))
      option->required();
  }
  if (verb.takes_file)
    command
        ->add_option(
            "-f,--file", body_file_,
            "the body as a JSON object, - for stdin; flags win over it")
        ->type_name("FILE");
  if (!verb.pages.elements.empty())
    command->add_option("--limit", limit_, "at most so many [all]")
        ->type_name("N");
  command->callback([this, &verb, &outcome] { outcome = run(verb); });
}

void admin_command::add_to(CLI::App& app, exit_code& outcome) {
  auto* admin =
      app.add_subcommand("admin", "administer a running server over its API");
  admin->require_subcommand(1);
  // Subcommands take over what stands here when they are added.
  admin->footer(inherited);
  login_.add_options(*admin);
  admin->add_flag("--json", json_, "the API's JSON, as the server sent it");
  std::map<std::string_view, CLI::App*> nouns;
  for (const auto& verb : admin_verbs()) {
    if (verb.verb.empty()) {
      add_verb(*admin, verb, outcome);
      continue;
    }
    auto& noun = nouns[verb.noun];
    if (!noun) {
      noun = admin->add_subcommand(
          std::string(verb.noun), std::string(help_of_noun(verb.noun)));
      noun->require_subcommand(1)->fallthrough();
    }
    add_verb(*noun, verb, outcome);
  }
  admin->footer(examples);
}

exit_code admin_command::run(const admin_verb& verb) {
  auto options = login_.options(environment_);
  if (!options)
    return refuse_call(options.error());
  auto call = call_of(verb, values_, body_file_, input_of(verb));
  if (!call)
    return refuse_call(call.error());
  warn_if_open(options->server);
  admin_client client{std::move(*options)};
  result<std::string> body = std::string();
  if (!verb.pages.elements.empty()) {
    body = all_pages(
        verb.pages, std::move(*call), limit_,
        [&client](const admin_call& page) { return client.ask(page); });
  } else {
    auto answer = client.ask(*call);
    // It may hold a secret that was read from a file.
    OPENSSL_cleanse(call->body.data(), call->body.size());
    if (!answer)
      return refuse_call(answer.error());
    body = std::move(answer->body);
  }
  if (!body)
    return refuse_call(body.error());
  if (body->empty()) {
    if (!login_.quiet && !json_)
      fmt::print(stderr, "{} {}: done.\n", verb.noun, verb.verb);
    return exit_code::ok;
  }
  if (json_)
    return print_out(*body + '\n');
  auto answer = json_of(*body);
  if (!answer)
    return refuse_call(answer.error());
  return print_out(shown(verb, *answer));
}

} // namespace hansard
