#pragma once

#include <string>

namespace hansard::test {

/// A self-signed certificate with its key, both PEM.
struct test_certificate {
  std::string certificate;
  std::string key;
};

/// Made anew for the DNS name "localhost" and the address 127.0.0.1, valid for
/// an hour around now. Aborts if OpenSSL refuses.
test_certificate make_test_certificate();

/// As make_test_certificate(), but its hour ended an hour ago.
test_certificate make_expired_certificate();

/// The certificate of some other server, of the name "elsewhere.example".
test_certificate make_foreign_certificate();

} // namespace hansard::test
