#pragma once

#include "actors/reply.hpp"
#include "events/error.hpp"
#include "http/auth/jwk.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace hansard {

/// Where an issuer's keys come from: its JWK Set at a URL. They are fetched at
/// the start, then each `refresh`, and when a token names a key that is not
/// there, but never twice within `least_pause`, so that nobody can have an
/// issuer flooded. Keys that were good stay in use while the issuer can't be
/// reached. A thread of its own; all calls are thread-safe.
class jwks_source {
public:
  struct options {
    /// "https://…"; http:// for loopback addresses alone.
    std::string url;
    /// PEM of further certificate authorities; empty: the system's.
    std::string ca_file;
    std::chrono::milliseconds refresh{600'000};
    std::chrono::milliseconds least_pause{30'000};
    /// Of one fetch.
    std::chrono::milliseconds timeout{5'000};

    bool operator==(const options&) const = default;
  };

  /// invalid_request: the URL is none of those.
  static result<std::unique_ptr<jwks_source>> start(options o);
  ~jwks_source();

  /// Never null; empty before the first fetch has come through.
  std::shared_ptr<const key_set> keys() const;

  /// Answers once a fetch that began now has ended, whatever came of it; at
  /// once where the bound forbids one.
  void refetch(reply<std::monostate> done);

private:
  struct impl;
  explicit jwks_source(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
