#include "actors/secrets/secret_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace hansard {

namespace {

/// Out of examples, tutorials and templates of environment files.
constexpr std::array<std::string_view, 14> placeholders = {
    "changeme",        "change-me",   "change_me",   "changeit",
    "yoursecret",      "your-secret", "your_secret", "nextauth-secret",
    "nextauth_secret", "replaceme",   "replace-me",  "replace_me",
    "placeholder",     "supersecret"};

constexpr std::size_t min_distinct = 8;

error weak(std::string what) {
  return make_error(
      ec::invalid_request,
      std::move(what) + " Make one with `openssl rand -base64 32`.");
}

} // namespace

result<void> check_secret(std::string_view secret) {
  if (secret.size() < min_secret_bytes)
    return weak(
        "has " + std::to_string(secret.size()) + " characters; it needs "
        + std::to_string(min_secret_bytes) + " at least.");
  if (std::set<char>(secret.begin(), secret.end()).size() < min_distinct)
    return weak("repeats a few characters; it can be guessed.");
  std::string lower(secret);
  std::transform(
      lower.begin(), lower.end(), lower.begin(),
      [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (auto text : placeholders)
    if (lower.find(text) != lower.npos)
      return weak("is a placeholder out of an example.");
  return {};
}

} // namespace hansard
