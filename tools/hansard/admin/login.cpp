#include "tools/hansard/admin/login.hpp"

#include "tools/hansard/admin/secret_input.hpp"
#include "tools/hansard/config/config.hpp"
#include "tools/hansard/config/units.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <utility>

namespace hansard {

void admin_login::add_options(CLI::App& command) {
  const std::string group = "The server";
  command.add_option("--server", server, "where it is [" + server + "]")
      ->envname(std::string(server_variable))
      ->type_name("URL")
      ->group(group);
  command
      .add_option(
          "--key-file", key_file,
          "holds the API key, in place of the variable HANSARD_KEY; - is stdin")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option(
          "--ca-file", ca_file,
          "PEM; authorities to trust besides those of the system")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--timeout", timeout, "of each request [" + timeout + "]")
      ->type_name("DURATION")
      ->group(group);
  command.add_flag("-q,--quiet", quiet, "no word about what went well");
}

result<admin_client::options> admin_login::options(
    const std::map<std::string, std::string>& environment) const {
  auto where = read_admin_server(server);
  if (!where)
    return where.error();
  admin_client::options out;
  out.server = std::move(*where);
  out.ca_file = ca_file;
  const auto patience = parse_duration(timeout);
  if (!patience || patience->count() == 0)
    return make_error(
        ec::invalid_request,
        fmt::format("--timeout: \"{}\" is no duration like 30s.", timeout));
  out.timeout = *patience;
  std::string text;
  if (!key_file.empty()) {
    auto read = read_secret_input(key_file, "API key");
    if (!read)
      return make_error(
          ec::invalid_request, "--key-file: " + read.error().message);
    text = std::move(*read);
  } else if (const auto found = environment.find(std::string(key_variable));
             found != environment.end()) {
    text = found->second;
  } else {
    return make_error(
        ec::invalid_request,
        "An API key is needed: set HANSARD_KEY, or name a file that holds one "
        "with --key-file.");
  }
  auto key = read_admin_key(text);
  OPENSSL_cleanse(text.data(), text.size());
  if (!key)
    return key.error();
  out.key = *key;
  return out;
}

} // namespace hansard
