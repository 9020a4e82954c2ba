#include "events/text/base64url.hpp"
#include "http/auth/claims.hpp"
#include "http/auth/jose_text.hpp"
#include "http/auth/session_cookie.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

constexpr std::string_view secret = "test-secret-0123456789abcdef";
constexpr std::string_view v4_name = "next-auth.session-token";
constexpr std::string_view v5_name = "authjs.session-token";
constexpr std::size_t v5_secure = 0;
constexpr std::size_t v5_plain = 1;

/// Made by next-auth 4.24.15 with the secret above.
constexpr std::string_view v4_token =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3y4lHUiR-WKQ0Co1."
    "cC2E3IGiQUJMo20-8WhHvATaLmIf21qNxlHURwO3PgloP9KT5eQNibIef0QCeeTYyv4oclNbad"
    "gFSfaDAqnsobyczzl5b3OjwCx97_NZtrJeab10Y4w4fmWuvHbvJRMzvA_eE-lekpsPoMqUDzuS"
    "NpgipRO-OYsEGZIdHkUlOOV7_tQ.VjwHpR5Xq-TuOocS5Gey6A";
/// Made by @auth/core 0.41.3, salt authjs.session-token.
constexpr std::string_view v5_token =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoidS1FTGpBRDNXNl9rcH"
    "lTaWdwdU8zU2NkeDg4Q25pc1Nxc0N6bHRjYUFJazZiQlRNMGtKYjdkMWduSWlUOHpDZzhaNUZR"
    "Unp2RDRzM2lNVFFqa0NULWcifQ..o4jiPS2onr2pQRRLr8Ze9g."
    "JLfFNKGklh-ZDwuiR5WaxtTaDUXCb6zDKI9ljReV0WtroffTftEEGHJ1Rc_kFcD-"
    "Egh0JXnT7K0oYQ8bk42ksmOElE3-ES2KKyrDPMmecldg5kTRLyXa9lAkf9R2tvime0JdU0NK0W"
    "ipMbmhaAMFUHdbvgUy6P6-wPciAiaarkEToqR96nYMR9EoY-9UGgsI.0UHfO-"
    "MeCaPS9uW7L8R1I4T898WQKwAnjGpeWfG5d70";

const std::vector<session_keys>& keys() {
  static const std::vector<session_keys> made{session_keys{secret}};
  return made;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::optional<std::string> open(std::string_view name, std::string_view token) {
  return open_session_token({name, std::string(token)}, keys());
}

std::vector<std::pair<std::string, std::string>>
found_in(std::string_view header, bool secure_only = false) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& cookie : find_session_cookies(header, secure_only))
    out.emplace_back(cookie.name, cookie.token);
  return out;
}

using found = std::vector<std::pair<std::string, std::string>>;

TEST(SessionKeysTest, KeysAndKidsAreThoseOfTheWebLibraries) {
  const auto& k = keys()[0];
  EXPECT_EQ(
      hex(k.v4().view()),
      "587c357eee692297d5d6aa202bb507344ba7613db705f7918887f8d22657643e");
  EXPECT_EQ(
      hex(k.v5_cbc(v5_plain).view()),
      "3767327794a43e19564f8461d1a15599fb8145a44624099104056cd2008bdabaeae2cec1"
      "e6e9a2562ecfbb858700bb4cd82ed28393a5014de75a25aacd4d5443");
  EXPECT_EQ(
      hex(k.v5_cbc(v5_secure).view()),
      "b913de3c57ab64dd9614414bbab25d870f32b260fcb60605af04da7088284e60170a5425"
      "10082059bf4668997cd5ab67a48cb2e55a04061a08b07f635c42d13a");
  EXPECT_EQ(
      k.kid(v5_plain),
      "u-ELjAD3W6_kpySigpuO3Scdx88CnisSqsCzltcaAIk6bBTM0kJb7d1gnIiT8zCg8Z5FQRzv"
      "D4s3iMTQjkCT-g");
}

TEST(SessionTokenTest, TokensOfBothVersionsOpen) {
  auto v4 = open(v4_name, v4_token);
  ASSERT_TRUE(v4);
  EXPECT_NE(v4->find("37282c78-19a3-42c8-afc6-cd2d4a17d00f"), v4->npos);
  auto v5 = open(v5_name, v5_token);
  ASSERT_TRUE(v5);
  EXPECT_NE(v5->find("1d95c79e-0287-4906-bbf6-e5faa45336c0"), v5->npos);
}

TEST(SessionTokenTest, AsBearerTheNameIsNotNeeded) {
  EXPECT_TRUE(open({}, v4_token));
  EXPECT_TRUE(open({}, v5_token));
}

TEST(SessionTokenTest, ATokenOfV5IsBoundToTheNameOfItsCookie) {
  EXPECT_FALSE(open("__Secure-authjs.session-token", v5_token));
  EXPECT_FALSE(open(v4_name, v5_token));
}

TEST(SessionTokenTest, TheClaimsAreTheUsers) {
  auto now = from_unix_us(1'800'000'000'000'000);
  using std::chrono::seconds;
  for (auto [name, token] :
       {std::pair{v4_name, v4_token}, {v5_name, v5_token}}) {
    auto claims = read_claims(open(name, token).value(), {}, seconds{15}, now);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->who.user, "did:vaultys:abc");
    EXPECT_EQ(claims->who.role, user_role::member);
    EXPECT_EQ(claims->who.issued_at, from_unix_us(1'795'375'945'000'000));
    auto end = from_unix_us(2'110'735'945'000'000);
    EXPECT_EQ(claims->expires_at, end + seconds{15});
    EXPECT_FALSE(read_claims(
        open(name, token).value(), {}, seconds{15}, end + seconds{15}));
  }
}

TEST(SessionTokenTest, NoBitOfATokenCanBeFlipped) {
  for (auto [name, token] : {std::pair{v4_name, v4_token}, {v5_name, v5_token}})
    for (std::size_t i = 0; i < token.size(); ++i)
      for (int bit = 0; bit < 8; ++bit) {
        std::string other(token);
        other[i] = static_cast<char>(other[i] ^ (1 << bit));
        ASSERT_FALSE(open(name, other)) << "byte " << i << " bit " << bit;
      }
}

TEST(SessionTokenTest, NoPartCanBeCutOrGrow) {
  for (auto [name, token] : {std::pair{v4_name, v4_token}, {v5_name, v5_token}})
    for (std::size_t size = 0; size < token.size(); ++size) {
      ASSERT_FALSE(open(name, token.substr(0, size))) << size;
      std::string other(token);
      other.insert(size, "A");
      ASSERT_FALSE(open(name, other)) << size;
    }
  EXPECT_FALSE(open(v4_name, std::string(v4_token) + "="));
  EXPECT_FALSE(open(v4_name, std::string(v4_token) + "."));
}

TEST(SessionTokenTest, HeadersThatAskForMoreAreRefused) {
  auto rest = v4_token.substr(v4_token.find('.'));
  for (auto header :
       {R"({"alg":"dir","enc":"A256GCM","zip":"DEF"})",
        R"({"alg":"dir","enc":"A256GCM","crit":["exp"]})",
        R"({"alg":"none","enc":"A256GCM"})", R"({"alg":"A256KW"})",
        R"({"alg":"dir","enc":"A128GCM"})", R"({"alg":"dir"})",
        R"({"alg":"dir","alg":"dir","enc":"A256GCM"})", R"([])", R"({})"})
    EXPECT_FALSE(open(v4_name, to_base64url(header) + std::string(rest)))
        << header;
}

TEST(SessionTokenTest, TheOldSecretOpensWhileItIsListed) {
  std::vector<session_keys> rotated{
      session_keys{"another-secret-0123456789abcdef"}, session_keys{secret}};
  EXPECT_TRUE(open_session_token({v4_name, std::string(v4_token)}, rotated));
  EXPECT_TRUE(open_session_token({v5_name, std::string(v5_token)}, rotated));
  rotated.pop_back();
  EXPECT_FALSE(open_session_token({v4_name, std::string(v4_token)}, rotated));
  EXPECT_FALSE(open_session_token({v5_name, std::string(v5_token)}, rotated));
}

TEST(SessionTokenTest, AHugeTokenIsNotLookedAt) {
  EXPECT_FALSE(open(v4_name, std::string(max_token_bytes + 1, 'a')));
}

TEST(SessionCookieTest, TheFourNamesAreFoundAmongOthers) {
  EXPECT_EQ(
      found_in("a=1; next-auth.session-token=x ;b=2;authjs.session-token=y; "
               "__Secure-next-auth.session-token=z; "
               "__Secure-authjs.session-token=w"),
      (found{
          {"__Secure-authjs.session-token", "w"},
          {"authjs.session-token", "y"},
          {"__Secure-next-auth.session-token", "z"},
          {"next-auth.session-token", "x"}}));
}

TEST(SessionCookieTest, ChunksAreJoinedInOrderAndComeBeforeTheBareOne) {
  std::string header = "authjs.session-token=stale";
  for (int i = 10; i >= 0; --i)
    header += "; authjs.session-token." + std::to_string(i) + "=<"
              + std::to_string(i) + ">";
  auto all = found_in(header);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().second, "<0><1><2><3><4><5><6><7><8><9><10>");
  EXPECT_EQ(all.back().second, "stale");
}

TEST(SessionCookieTest, ChunksThatAnOlderTokenLeftBehindAreTriedWithout) {
  std::string n = "next-auth.session-token";
  EXPECT_EQ(
      found_in(n + ".0=a; " + n + ".1=b; " + n + ".2=old"),
      (found{{n, "abold"}, {n, "ab"}, {n, "a"}}));
  EXPECT_EQ(found_in(n + ".0=a; " + n + ".2=c"), (found{{n, "a"}}));
  EXPECT_EQ(found_in(n + ".1=b"), found{});
  EXPECT_EQ(found_in(n + ".0=a; " + n + ".01=b"), (found{{n, "a"}}));
}

TEST(SessionCookieTest, EachValueOfANameThatIsThereTwiceIsTried) {
  std::string n = "next-auth.session-token";
  EXPECT_EQ(found_in(n + "=a; " + n + "=b"), (found{{n, "a"}, {n, "b"}}));
  EXPECT_EQ(found_in(n + "=a; " + n + "=a"), (found{{n, "a"}}));
  EXPECT_EQ(
      found_in(n + ".0=a; " + n + ".1=b; " + n + ".0=c; " + n + ".1=d"),
      (found{{n, "ab"}, {n, "a"}, {n, "cd"}, {n, "c"}}));
}

TEST(SessionCookieTest, ManyValuesOfANameAreNotAllTried) {
  std::string header;
  for (int i = 0; i < 100; ++i)
    header += "next-auth.session-token=" + std::to_string(i) + "; ";
  EXPECT_LE(found_in(header).size(), 4u);
}

TEST(SessionCookieTest, QuotesAroundAValueAreNotPartOfIt) {
  EXPECT_EQ(
      found_in("next-auth.session-token=\"a\""),
      (found{{"next-auth.session-token", "a"}}));
}

TEST(SessionCookieTest, NamesThatOnlyBeginAlikeAreNotTheCookie) {
  EXPECT_EQ(
      found_in("next-auth.session-tokens=a; next-auth.session-token.x=b; "
               "Xnext-auth.session-token=c; next-auth.session-token.=d; "
               "next-auth.session-token.99=e"),
      found{});
}

TEST(SessionCookieTest, PlainNamesCanBeLeftOut) {
  EXPECT_EQ(
      found_in("authjs.session-token=a; __Secure-authjs.session-token=b", true),
      (found{{"__Secure-authjs.session-token", "b"}}));
}

TEST(SecretTest, WeakSecretsAreRefused) {
  for (auto weak :
       {"", "short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "your-secret-key-0123456789", "ChangeMe-0123456789-abcdef",
        "abababababababababababababababab"})
    EXPECT_FALSE(check_secret(weak)) << weak;
  EXPECT_TRUE(check_secret(secret));
}

} // namespace
} // namespace hansard::test
