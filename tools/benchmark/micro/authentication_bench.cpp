#include "events/text/base64url.hpp"
#include "http/auth/authentication.hpp"
#include "http/auth/authenticator.hpp"
#include "http/auth/jose_text.hpp"
#include "http/message/exchange.hpp"

#include <benchmark/benchmark.h>
#include <openssl/hmac.h>

namespace hansard::benchmark {

namespace {

constexpr int users = 10'000;
constexpr int grants_of_each = 10;
constexpr std::string_view session_secret = "test-secret-0123456789abcdef";
constexpr std::string_view mac_secret = "a-shared-secret-of-32-bytes-and-more";
/// Of did:vaultys:abc, made by next-auth 4.24.15; good until 2036.
constexpr std::string_view session_token =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3y4lHUiR-WKQ0Co1."
    "cC2E3IGiQUJMo20-8WhHvATaLmIf21qNxlHURwO3PgloP9KT5eQNibIef0QCeeTYyv4oclNbad"
    "gFSfaDAqnsobyczzl5b3OjwCx97_NZtrJeab10Y4w4fmWuvHbvJRMzvA_eE-lekpsPoMqUDzuS"
    "NpgipRO-OYsEGZIdHkUlOOV7_tQ.VjwHpR5Xq-TuOocS5Gey6A";

std::string did_of(int n) { return "did:user:" + std::to_string(n); }
std::string key_of(int n) { return "key-of-user-" + std::to_string(n); }

/// 10,000 users with a key and ten grants each, one of them who has a cookie.
struct directory {
  directory() {
    for (int n = 0; n < users; ++n)
      add(n == 0 ? "did:vaultys:abc" : did_of(n), n);
  }

  void apply(event body) {
    ++version.value;
    access.apply(
        {{version.value},
         control_stream,
         version,
         wall_clock(),
         std::move(body)});
  }
  void add(const std::string& did, int n) {
    auto at = static_cast<std::uint64_t>(n);
    apply(user_registered{did, "", user_role::member, {}});
    apply(api_key_issued{
        {make_ulid(1, 1, at)}, did, "", key_digest(key_of(n)), 0, {}});
    for (std::uint64_t i = 0; i < grants_of_each; ++i)
      apply(grant_issued{
          {make_ulid(1, 2 + i, at)},
          did,
          "did:agent:" + std::to_string(i),
          {"chat"},
          0,
          {}});
  }

  stream_version version;
  access_directory access;
};

const access_directory& loaded() {
  static const directory made;
  return made.access;
}

std::unique_ptr<authenticator> make_authenticator() {
  authentication_options options;
  options.session_secrets = {secret_text{std::string(session_secret)}};
  options.tokens.issuer = "iss";
  options.tokens.audiences = {"hansard"};
  options.tokens.algorithms = {jwt_algorithm::hs256};
  options.token_keys.push_back(
      {jwt_algorithm::hs256, "", nullptr,
       secret_text{std::string(mac_secret)}});
  return std::move(authenticator::make(std::move(options), loaded()).value());
}

std::string make_jwt() {
  auto text =
      to_base64url(R"({"alg":"HS256"})") + '.'
      + to_base64url(R"({"iss":"iss","aud":"hansard","sub":"did:user:7",)"
                     R"("exp":4000000000})");
  unsigned char mac[32];
  unsigned size = sizeof mac;
  HMAC(
      EVP_sha256(), mac_secret.data(), static_cast<int>(mac_secret.size()),
      reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac,
      &size);
  return text + '.' + to_base64url({reinterpret_cast<char*>(mac), sizeof mac});
}

enum class shown : std::int64_t { key, cookie, jwt };

request_head head_with(shown what) {
  request_head head;
  head.method = "POST";
  if (what == shown::key)
    head.authorization = "Bearer " + key_of(4711);
  else if (what == shown::jwt)
    head.authorization = "Bearer " + make_jwt();
  else
    head.cookie = "theme=dark; next-auth.session-token="
                  + std::string(session_token) + "; locale=en";
  return head;
}

/// Who is calling, and whether a grant lets them chat; what was verified is in
/// the cache. The argument: 0 a key, 1 a session cookie, 2 a JWT.
void authenticate_and_authorize(::benchmark::State& state) {
  auto callers = make_authenticator();
  auto head = head_with(static_cast<shown>(state.range(0)));
  auto peer = boost::asio::ip::make_address("192.0.2.1");
  for (auto _ : state) {
    auto now = wall_clock();
    auto found = callers->authenticate(head, peer, now, true);
    auto basis = loaded().basis_for(found.who, "did:agent:9", "chat", now);
    if (!basis)
      state.SkipWithError("refused");
    ::benchmark::DoNotOptimize(basis);
  }
}
BENCHMARK(authenticate_and_authorize)->Arg(0)->Arg(1)->Arg(2);

/// The same where nothing is in the cache: decryption or signature, and JSON.
void authenticate_first_time(::benchmark::State& state) {
  auto head = head_with(static_cast<shown>(state.range(0)));
  auto peer = boost::asio::ip::make_address("192.0.2.1");
  for (auto _ : state) {
    state.PauseTiming();
    auto callers = make_authenticator();
    state.ResumeTiming();
    auto found = callers->authenticate(head, peer, wall_clock(), true);
    if (found.what != authenticator::verdict::known)
      state.SkipWithError("refused");
  }
}
BENCHMARK(authenticate_first_time)->Arg(1)->Arg(2);

} // namespace

} // namespace hansard::benchmark
