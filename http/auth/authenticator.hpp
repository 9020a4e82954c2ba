#pragma once

#include "actors/secrets/secret_text.hpp"
#include "http/auth/attempt_limiter.hpp"
#include "http/auth/claims.hpp"
#include "http/auth/credential_cache.hpp"
#include "http/auth/jwks_source.hpp"
#include "http/auth/jwt.hpp"
#include "http/auth/session_cookie.hpp"
#include "http/message/client_address.hpp"
#include "projections/directory/access.hpp"

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

struct request_head;

/// What is believed, and from whom.
struct authentication_options {
  /// Shared with the web application, newest first; empty: no session cookies.
  std::vector<secret_text> session_secrets;
  /// Only cookies whose names say that they came by HTTPS.
  bool secure_cookies_only = false;
  claim_rules session_claims;

  /// No issuer: no tokens.
  jwt_rules tokens;
  /// Keys that were read, or where to fetch them.
  key_set token_keys;
  std::optional<jwks_source::options> token_keys_url;

  /// Failures of one address in a window; one more is answered 429. 0: no
  /// limit.
  std::size_t max_failures = 100;
  std::chrono::milliseconds failure_window{60'000};
  hansard::trusted_proxies trusted_proxies;
  /// Other origins whose pages may call, with cookies.
  std::vector<std::string> cors_origins;
};

/// Finds out who is calling. Thread-safe.
class authenticator {
public:
  enum class verdict {
    known,
    /// Nothing was shown, or what was shown is not believed: one answer.
    unknown,
    /// The address has failed too often; `retry_after` says for how long.
    limited,
    /// The token is of a key that is not there: fetch_keys(), then once more.
    needs_keys,
  };
  struct outcome {
    verdict what = verdict::unknown;
    principal who;
    std::chrono::seconds retry_after{0};
  };

  /// @param before whose fetched keys are taken over, where they come from the
  ///        same place; nullptr: none.
  /// invalid_request: the URL of the keys is none.
  static result<std::unique_ptr<authenticator>> make(
      authentication_options options, const access_directory& access,
      const authenticator* before = nullptr);

  /// @param last_try counts an unknown key as a failure.
  outcome authenticate(
      const request_head& head, const boost::asio::ip::address& peer,
      timestamp now, bool last_try);

  void fetch_keys(reply<std::monostate> done) const;

  /// True once in a while, after a key was used: its use may be worth an event.
  bool uses_are_due(timestamp now);

  const std::vector<std::string>& cors_origins() const {
    return options_.cors_origins;
  }

private:
  struct found {
    verdict what = verdict::unknown;
    std::optional<principal> who;
  };

  authenticator(authentication_options options, const access_directory& access)
      : options_(std::move(options)),
        access_(access),
        limiter_(options_.max_failures, options_.failure_window) {}

  found find_key(std::string_view key, timestamp now) const;
  found find_bearer(std::string_view token, timestamp now);
  found find_session(const session_cookie& cookie, timestamp now);
  found find_token(std::string_view token, timestamp now);
  found admit(const credential_cache::entry& who) const;
  /// Any of what the request shows. nullopt: it shows nothing.
  std::optional<found> find(const request_head& head, timestamp now);

  const authentication_options options_;
  const access_directory& access_;
  std::vector<session_keys> session_keys_;
  /// Shared with the one that comes after this, where it asks the same issuer.
  std::shared_ptr<jwks_source> keys_;
  attempt_limiter limiter_;
  credential_cache cache_;
  std::atomic<std::int64_t> uses_looked_at_us_{0};
};

} // namespace hansard
