#include "tools/hansard/config/credential_config.hpp"

#include "events/text/hex.hpp"
#include "http/text/text.hpp"
#include "tools/hansard/config/read_file.hpp"

#include <fmt/format.h>

namespace hansard {
namespace {

/// What may stand around a name or a value, in files of either line ending.
constexpr std::string_view line_space = " \t\r";

constexpr std::string_view file_setting = "[credentials] key_file";
constexpr std::size_t max_file_bytes = 16 * 1024;

/// The file, if its owner alone can read it.
result<secret_text> read_guarded_file(const std::string& path) {
  auto text = read_regular_file(
      path, max_file_bytes, [&path](const struct stat& found) -> result<void> {
        if ((found.st_mode & (S_IRWXG | S_IRWXO)) == 0)
          return {};
        return make_error(
            ec::invalid_request,
            fmt::format(
                "has the mode {:04o}, so that others can get at it; run "
                "`chmod 600 {}`",
                found.st_mode & 07777u, path));
      });
  if (!text)
    return wrong_setting(
        file_setting, fmt::format("{} {}", path, text.error().message));
  return secret_text{std::move(*text)};
}

result<void> add_key(
    credential_keys& out, std::string_view setting, std::string_view where,
    std::string_view text) {
  if (out.size() >= max_credential_keys)
    return wrong_setting(
        setting, fmt::format("more than {} keys", max_credential_keys));
  auto key = credential_key::parse(text);
  if (!key)
    return wrong_setting(
        setting, fmt::format("{} {}", where, key.error().message));
  out.push_back(std::move(*key));
  return {};
}

result<void> add_file(credential_keys& out, const std::string& path) {
  auto text = read_guarded_file(path);
  if (!text)
    return text.error();
  auto rest = text->view();
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    const auto line = trimmed(rest.substr(0, end), line_space);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    if (line.empty() || line.starts_with('#'))
      continue;
    auto added =
        add_key(out, file_setting, fmt::format("{}:{}", path, number), line);
    if (!added)
      return added;
  }
  if (out.empty())
    return wrong_setting(
        file_setting, fmt::format(
                          "{} has no key; write one into it with `openssl rand "
                          "-base64 32`",
                          path));
  return {};
}

} // namespace

result<credential_keys>
read_credential_keys(const settings& s, char* (*environment)(const char*)) {
  credential_keys out;
  if (!s.credentials_key_file.empty())
    if (auto added = add_file(out, s.credentials_key_file); !added)
      return added.error();
  auto names = s.credentials_key_env;
  const std::string usual(credentials_key_variable);
  if (names.empty() && environment(usual.c_str()))
    names.push_back(usual);
  for (const auto& name : names) {
    constexpr std::string_view setting = "[credentials] key_env";
    const char* value = environment(name.c_str());
    if (!value)
      return wrong_setting(
          setting, fmt::format("{} is not in the environment", name));
    if (auto added = add_key(out, setting, name, trimmed(value, line_space));
        !added)
      return added.error();
  }
  return out;
}

std::vector<std::string> unusable_credentials(const credential_vault& vault) {
  std::vector<std::string> out;
  const auto all =
      vault.directory().page({.limit = credential_directory::max_credentials});
  for (const auto& record : all.entries)
    if (!vault.opens(record.sealed))
      out.push_back(fmt::format(
          "the credential \"{}\" can't be opened: it was kept with the key {}, "
          "which is not among those of [credentials]; add that key, or set the "
          "credential anew",
          record.sealed.name, hex_text(record.sealed.key)));
  return out;
}

} // namespace hansard
