#include "http/auth/jwt.hpp"

#include "events/text/base64url.hpp"
#include "http/auth/jose_text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hansard;

namespace {

const key_set& keys() {
  static const key_set made = [] {
    key_set set;
    set.push_back(
        {jwt_algorithm::hs256, "", nullptr,
         secret_text{"a-shared-secret-of-32-bytes-and-more"}});
    // Of RFC 8037, appendix A.2, and RFC 7515, appendix A.3.
    auto read =
        read_key_set(R"({"keys":[{"kty":"OKP","crv":"Ed25519",)"
                     R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},)"
                     R"({"kty":"EC","crv":"P-256",)"
                     R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
    if (read)
      set.insert(set.end(), read->begin(), read->end());
    return set;
  }();
  return made;
}

} // namespace

/// Input: a byte that says which, then a token, a key set or base64url.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  auto which = in.byte() % 3;
  auto text = in.rest();
  if (which == 0) {
    jwt_rules rules;
    rules.algorithms = {
        jwt_algorithm::hs256, jwt_algorithm::eddsa, jwt_algorithm::es256};
    rules.issuer = "iss";
    rules.audiences = {"hansard"};
    auto checked =
        check_jwt(text, keys(), rules, from_unix_us(1'800'000'000'000'000));
    fuzz::require(checked.verdict != jwt_verdict::good, "nobody has the keys");
  } else if (which == 1) {
    auto set = read_key_set(text);
    fuzz::require(
        !set || (!set->empty() && set->size() <= max_keys),
        "a set has some keys, and not too many");
    if (set)
      for (const auto& key : *set)
        fuzz::require(
            key.algorithm != jwt_algorithm::hs256 && key.public_key,
            "a public set holds public keys");
  } else {
    auto bytes = from_base64url(text);
    fuzz::require(
        !bytes || to_base64url(*bytes) == text, "there is one spelling");
  }
  return 0;
}
