#include "tools/hansard/admin/secret_input.hpp"

#include "tools/hansard/admin/call.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>

namespace hansard {

result<std::string>
read_secret_input(const std::string& path, const std::string& what) {
  if (path != "-" || !::isatty(STDIN_FILENO))
    return read_input(path);
  // A terminal's line has 4 KiB at most. OpenSSL asks on the terminal itself,
  // or on stderr, and turns the echo on again when a signal comes.
  std::array<char, 8'192> line{};
  const auto prompt = what + ": ";
  const bool failed = EVP_read_pw_string(
      line.data(), static_cast<int>(line.size()), prompt.c_str(), 0);
  std::string text(line.data());
  OPENSSL_cleanse(line.data(), line.size());
  if (failed)
    return make_error(
        ec::invalid_request, "nothing was read from the terminal.");
  return text;
}

} // namespace hansard
