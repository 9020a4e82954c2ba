#include "http/auth/session_cookie.hpp"

#include "http/auth/claims.hpp"
#include "http/auth/jose_text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <set>
#include <string>

using namespace hansard;

namespace {

/// What was sealed with the key and came by here.
const std::set<std::string>& sealed() {
  static const std::set<std::string> tokens{
      "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3y4lHUiR-WKQ0Co1."
      "cC2E3IGiQUJMo20-8WhHvATaLmIf21qNxlHURwO3PgloP9KT5eQNibIef0QCeeTYyv4oclNb"
      "adgFSfaDAqnsobyczzl5b3OjwCx97_NZtrJeab10Y4w4fmWuvHbvJRMzvA_eE-"
      "lekpsPoMqUDzuSNpgipRO-OYsEGZIdHkUlOOV7_tQ.VjwHpR5Xq-TuOocS5Gey6A"};
  return tokens;
}

const std::vector<session_keys>& keys() {
  static const std::vector<session_keys> made{
      session_keys{"test-secret-0123456789abcdef"}};
  return made;
}

} // namespace

/// Input: a byte that says which, then a `Cookie` header or the claims of a
/// token. Nothing opens but what was sealed; no claims without a user and an
/// end.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  bool header = in.byte() % 2 == 0;
  auto text = in.rest();
  if (header) {
    auto found = find_session_cookies(text, false);
    fuzz::require(found.size() <= 8, "each name comes twice at most");
    for (const auto& cookie : found)
      fuzz::require(
          !open_session_token(cookie, keys())
              || sealed().contains(cookie.token),
          "nothing opens but what was sealed");
    fuzz::require(
        find_session_cookies(text, true).size() <= found.size(),
        "__Secure- alone is fewer");
    return 0;
  }
  auto now = from_unix_us(1'800'000'000'000'000);
  auto claims = read_claims(text, {}, std::chrono::seconds{15}, now);
  if (!claims)
    return 0;
  fuzz::require(!claims->who.user.empty(), "claims are somebody's");
  fuzz::require(claims->expires_at > now, "and not over");
  fuzz::require(claims->who.groups.size() <= max_groups, "in bounded groups");
  return 0;
}
