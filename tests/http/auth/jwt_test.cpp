#include "events/text/base64url.hpp"
#include "http/auth/jose_text.hpp"
#include "http/auth/jwt.hpp"
#include "tests/http/auth/test_tokens.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

using enum jwt_algorithm;

const timestamp now = from_unix_us(1'800'000'000'000'000);

class JwtTest : public ::testing::Test {
protected:
  JwtTest() {
    rules.algorithms = {rs256, es256, eddsa, hs256};
    rules.issuer = "https://issuer";
    rules.audiences = {"hansard"};
    for (auto* key : {&rsa, &ec, &ed})
      add(*key);
    verification_key shared{hs256, "", nullptr, secret_text{hs_secret}};
    keys.push_back(shared);
  }
  void add(const signing_key& key) {
    auto set = read_key_set(R"({"keys":[)" + key.jwk() + "]}");
    ASSERT_TRUE(set);
    keys.push_back(set->front());
  }
  jwt_verdict verdict(std::string_view token) {
    return check_jwt(token, keys, rules, now).verdict;
  }
  static std::string claims(std::string_view more = "") {
    return R"({"iss":"https://issuer","aud":"hansard","sub":"did:u:1",)"
           R"("exp":1800000100,"iat":1799999900)"
           + std::string(more) + "}";
  }
  std::string hs(std::string_view header, std::string_view payload) {
    return sign_hs256(hs_secret, header, payload);
  }
  std::string hs(std::string_view payload) {
    return hs(R"({"alg":"HS256"})", payload);
  }

  static inline const signing_key rsa{"RSA", "r1"};
  static inline const signing_key ec{"EC", "e1"};
  static inline const signing_key ed{"ED25519", "d1"};
  static inline const std::string hs_secret =
      "a shared secret of some 32 bytes and more";
  key_set keys;
  jwt_rules rules;
};

TEST_F(JwtTest, EachAlgorithmIsChecked) {
  EXPECT_EQ(verdict(rsa.sign(claims())), jwt_verdict::good);
  EXPECT_EQ(verdict(ec.sign(claims())), jwt_verdict::good);
  EXPECT_EQ(verdict(ed.sign(claims())), jwt_verdict::good);
  EXPECT_EQ(verdict(hs(claims())), jwt_verdict::good);
}

TEST_F(JwtTest, TheClaimsAreRead) {
  auto checked = check_jwt(
      ec.sign(claims(
          R"(,"did":"did:u:2","role":"Admin","jti":"t1","groups":["b","a"])")),
      keys, rules, now);
  ASSERT_EQ(checked.verdict, jwt_verdict::good);
  EXPECT_EQ(checked.claims.who.user, "did:u:2");
  EXPECT_EQ(checked.claims.who.role, user_role::admin);
  EXPECT_EQ(checked.claims.who.token, "t1");
  EXPECT_EQ(checked.claims.who.groups, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(checked.claims.who.kind, credential_kind::token);
}

TEST_F(JwtTest, AnAlgorithmThatIsNotAllowedIsRefused) {
  rules.algorithms = {es256};
  EXPECT_EQ(verdict(ec.sign(claims())), jwt_verdict::good);
  EXPECT_EQ(verdict(rsa.sign(claims())), jwt_verdict::refused);
  EXPECT_EQ(verdict(hs(claims())), jwt_verdict::refused);
}

TEST_F(JwtTest, NoneIsNoAlgorithm) {
  for (auto alg : {"none", "None", "NONE", "nOnE", ""}) {
    auto head = to_base64url(R"({"alg":")" + std::string(alg) + R"("})");
    for (auto signature : {"", ".", ".AAAA"})
      EXPECT_EQ(
          verdict(head + '.' + to_base64url(claims()) + signature),
          jwt_verdict::refused)
          << alg << signature;
  }
}

TEST_F(JwtTest, APublicKeyIsNoSharedSecret) {
  keys.pop_back();
  for (const auto& text : {rsa.jwk(), rsa.pem(), rsa.raw()})
    EXPECT_NE(
        verdict(sign_hs256(text, R"({"alg":"HS256","kid":"r1"})", claims())),
        jwt_verdict::good);
  EXPECT_NE(
      verdict(rsa.sign(claims(), R"({"alg":"ES256","kid":"r1"})")),
      jwt_verdict::good);
  EXPECT_NE(
      verdict(ec.sign(claims(), R"({"alg":"EdDSA","kid":"e1"})")),
      jwt_verdict::good);
}

TEST_F(JwtTest, NoBitCanBeFlipped) {
  for (const auto& token :
       {rsa.sign(claims()), ec.sign(claims()), ed.sign(claims()),
        hs(claims())}) {
    auto begin = token.find('.');
    // Each byte once: RSA is slow.
    for (std::size_t i = begin; i < token.size(); ++i) {
      auto other = token;
      other[i] = static_cast<char>(other[i] ^ (1 << (i % 7)));
      ASSERT_NE(verdict(other), jwt_verdict::good) << i;
    }
    ASSERT_NE(verdict(token.substr(0, token.size() - 1)), jwt_verdict::good);
    ASSERT_NE(verdict(token + "A"), jwt_verdict::good);
  }
}

TEST_F(JwtTest, AKeyThatIsNotKnownIsToldApart) {
  const signing_key other{"EC", "e2"};
  EXPECT_EQ(verdict(other.sign(claims())), jwt_verdict::unknown_key);
  const signing_key same_name{"EC", "e1"};
  EXPECT_EQ(verdict(same_name.sign(claims())), jwt_verdict::refused);
}

TEST_F(JwtTest, HeadersThatAskForMoreAreRefused) {
  for (auto header :
       {R"({"alg":"HS256","crit":["x"],"x":1})",
        R"({"alg":"HS256","b64":false})", R"({"alg":"HS256","jku":"http://x"})",
        R"({"alg":"HS256","jwk":{}})", R"({"alg":"HS256","alg":"HS256"})",
        R"({"alg":["HS256"]})", R"({"typ":"JWT"})"})
    EXPECT_EQ(verdict(hs(header, claims())), jwt_verdict::refused) << header;
}

TEST_F(JwtTest, ClaimsThatAreNotInForceAreRefused) {
  auto base = R"("iss":"https://issuer","aud":["x","hansard"],"sub":"u")";
  auto with = [&](std::string_view more) {
    return hs("{" + std::string(base) + std::string(more) + "}");
  };
  EXPECT_EQ(verdict(with(R"(,"exp":1800000001)")), jwt_verdict::good);
  EXPECT_EQ(verdict(with(R"(,"exp":1799999986.5)")), jwt_verdict::good);
  // The issuer's clock is ahead.
  EXPECT_EQ(
      verdict(with(R"(,"exp":1800009001,"iat":1800003600)")),
      jwt_verdict::good);
  for (auto more :
       {"", R"(,"exp":1799999985)", R"(,"exp":"1800000001")", R"(,"exp":null)",
        R"(,"exp":-1)", R"(,"exp":1e400)", R"(,"exp":1e18)",
        R"(,"exp":1800000001,"nbf":1800000016)",
        R"(,"exp":1800000001,"exp":1900000000)",
        R"(,"exp":1800000001,"role":{})", R"(,"exp":1800000001,"groups":[1])",
        R"(,"exp":1800000001,"did":"a\u0000b")",
        R"(,"exp":1800000001,"did":7)"})
    EXPECT_EQ(verdict(with(more)), jwt_verdict::refused) << more;
}

TEST_F(JwtTest, TokensForOthersAreRefused) {
  for (auto payload :
       {R"({"iss":"https://other","aud":"hansard","sub":"u","exp":1800000001})",
        R"({"aud":"hansard","sub":"u","exp":1800000001})",
        R"({"iss":"https://issuer","aud":"other","sub":"u","exp":1800000001})",
        R"({"iss":"https://issuer","aud":[],"sub":"u","exp":1800000001})",
        R"({"iss":"https://issuer","sub":"u","exp":1800000001})",
        R"({"iss":"https://issuer","aud":"hansard","exp":1800000001})", R"([])",
        R"("x")", "", "{"})
    EXPECT_EQ(verdict(hs(payload)), jwt_verdict::refused) << payload;
}

TEST_F(JwtTest, HugeAndBrokenTokensAreRefused) {
  for (const auto& token :
       {std::string(max_token_bytes + 1, 'a'), std::string(), std::string("."),
        std::string(".."), std::string("a.b.c"), std::string("a.b.c.d")})
    EXPECT_EQ(verdict(token), jwt_verdict::refused);
}

TEST(KeySetTest, KeysThatCanNotBeUsedArePassedOver) {
  const signing_key ec{"EC", "e1"};
  auto good = ec.jwk();
  auto set = read_key_set(
      R"({"keys":[{"kty":"oct","k":"AAAA"},{"kty":"RSA","n":"AQAB","e":"AQAB"},)"
      R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"},7,)"
      + good + "]}");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1u);
  EXPECT_EQ(set->front().kid, "e1");
}

TEST(KeySetTest, APointThatIsNotOnTheCurveIsNoKey) {
  std::string zeros(43, 'A');
  EXPECT_FALSE(read_key_set(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")"
      + zeros + R"("}]})"));
}

TEST(KeySetTest, WhatIsNoSetIsRefused) {
  for (auto text : {"", "{}", "[]", R"({"keys":[]})", R"({"keys":{}})", "x"})
    EXPECT_FALSE(read_key_set(text)) << text;
  EXPECT_FALSE(read_key_set(std::string(max_key_set_bytes + 1, ' ')));
}

TEST(Base64urlTest, OnlyTheCanonicalFormIsRead) {
  EXPECT_EQ(from_base64url("").value(), "");
  EXPECT_EQ(from_base64url("Zg").value(), "f");
  EXPECT_EQ(from_base64url("Zm8").value(), "fo");
  EXPECT_EQ(from_base64url("-_-_").value(), "\xfb\xff\xbf");
  for (auto bad : {"Z", "Zh", "Zm9", "Zg==", "Z g", "+/+/", "Zm8=", "Zm9vY"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
  for (std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00\x80"})
    EXPECT_EQ(from_base64url(to_base64url(text)).value(), text);
}

} // namespace
} // namespace hansard::test
