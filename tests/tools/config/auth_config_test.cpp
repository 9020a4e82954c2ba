#include "tests/tools/config/config_files.hpp"
#include "tools/hansard/config/auth_config.hpp"

#include <gmock/gmock.h>

#include <map>

namespace hansard {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string>& variables() {
  static std::map<std::string, std::string> all;
  return all;
}

char* variable(const char* name) {
  auto found = variables().find(name);
  return found == variables().end() ? nullptr : found->second.data();
}

class AuthConfigTest : public config_fixture {
protected:
  AuthConfigTest() { variables().clear(); }

  result<authentication_options> read(std::string_view toml) {
    write(toml);
    auto loaded = load();
    if (!loaded)
      return loaded.error();
    return read_authentication(loaded->settings, variable);
  }
  std::string problem(std::string_view toml) {
    auto made = read(toml);
    return made ? "" : made.error().message;
  }

  static constexpr auto good = "d2VsbCBjaG9zZW4gYnl0ZXMgb2YgcmFuZG9t";
  static constexpr auto other = "YW5vdGhlciBzZXQgb2YgcmFuZG9tIGJ5dGVz";
};

TEST_F(AuthConfigTest, WithoutSecretsNoCookieIsBelieved) {
  auto made = read("").value();
  EXPECT_TRUE(made.session_secrets.empty());
  EXPECT_TRUE(made.tokens.issuer.empty());
  EXPECT_EQ(made.max_failures, 100u);
}

TEST_F(AuthConfigTest, TheSecretsOfTheWebLibrariesTurnCookiesOn) {
  variables()["NEXTAUTH_SECRET"] = good;
  EXPECT_EQ(read("").value().session_secrets.size(), 1u);
  variables()["AUTH_SECRET"] = other;
  EXPECT_EQ(read("").value().session_secrets.size(), 2u);
}

TEST_F(AuthConfigTest, NamedVariablesCountAlone) {
  variables()["NEXTAUTH_SECRET"] = good;
  variables()["NEW"] = other;
  auto made = read("[auth.nextauth]\nsecret_env = \"NEW\"\n").value();
  ASSERT_EQ(made.session_secrets.size(), 1u);
  EXPECT_EQ(made.session_secrets[0].view(), other);
  made = read("[auth.nextauth]\nsecret_env = [\"NEW\", \"NEXTAUTH_SECRET\"]\n")
             .value();
  EXPECT_EQ(made.session_secrets.size(), 2u);
}

TEST_F(AuthConfigTest, WeakSecretsAreRefusedAndNotRepeated) {
  for (auto weak : {"", "short-secret", "changeme-changeme-changeme"}) {
    variables()["AUTH_SECRET"] = weak;
    auto why = problem("");
    EXPECT_THAT(why, HasSubstr("AUTH_SECRET"));
    if (*weak) {
      EXPECT_EQ(why.find(weak), std::string::npos) << why;
    }
  }
  variables().clear();
  EXPECT_THAT(
      problem("[auth.nextauth]\nsecret_env = \"GONE\"\n"), HasSubstr("GONE"));
}

TEST_F(AuthConfigTest, PlainCookieNamesAreForLoopback) {
  EXPECT_FALSE(read("").value().secure_cookies_only);
  EXPECT_TRUE(
      read("[server]\nlisten = \"0.0.0.0:80\"\n").value().secure_cookies_only);
  EXPECT_TRUE(read("[auth.nextauth]\nsecure_cookies = \"always\"\n")
                  .value()
                  .secure_cookies_only);
}

TEST_F(AuthConfigTest, ClaimsAreMapped) {
  auto made = read("[auth.nextauth]\nuser_claim = [\"email\"]\nadmin_roles = "
                   "[\"Owner\", \"Root\"]\n")
                  .value();
  EXPECT_EQ(made.session_claims.user, std::vector<std::string>{"email"});
  EXPECT_EQ(
      made.session_claims.admin_roles,
      (std::vector<std::string>{"Owner", "Root"}));
}

TEST_F(AuthConfigTest, HalfOfAnIssuerIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"issuer = \"i\"", "audience"},
      {"audience = \"a\"", "issuer"},
      {"jwks_url = \"https://x\"", "issuer"},
      {"issuer = \"i\"\naudience = \"a\"", "jwks_url"},
      {"issuer = \"i\"\naudience = \"a\"\nalgorithms = [\"HS256\"]",
       "secret_env"},
      {"issuer = \"i\"\naudience = \"a\"\nalgorithms = [\"none\"]", "none"},
      {"issuer = \"i\"\naudience = \"a\"\njwks_file = \"/nothing\"",
       "/nothing"},
      {"issuer = \"i\"\naudience = \"a\"\nalgorithms = [\"HS256\", \"RS256\"]"
       "\nsecret_env = \"MAC\"\njwks_url = \"https://x\"",
       "algorithms"},
  };
  variables()["MAC"] = good;
  for (const auto& [toml, named] : cases)
    EXPECT_THAT(problem("[auth.jwt]\n" + std::string(toml)), HasSubstr(named))
        << toml;
}

TEST_F(AuthConfigTest, KeysAndAlgorithmsThatDoNotFitAreNamed) {
  variables()["MAC"] = good;
  const std::string whole = "[auth.jwt]\nissuer = \"i\"\naudience = \"a\"\n";
  EXPECT_THAT(
      problem(whole + "algorithms = \"HS256\"\n"),
      HasSubstr("algorithms lists HS256, so secret_env must name a variable"));
  EXPECT_THAT(
      problem(whole + "secret_env = \"MAC\"\njwks_url = \"https://x\"\n"),
      HasSubstr("secret_env: is only used with HS256"));
  EXPECT_THAT(
      problem(whole),
      HasSubstr("RS256, ES256 and EdDSA need jwks_url or jwks_file"));
  EXPECT_THAT(
      problem(
          whole
          + "algorithms = \"HS256\"\nsecret_env = \"MAC\"\n"
            "jwks_url = \"https://x\"\n"),
      HasSubstr("are only used with RS256, ES256 or EdDSA"));
}

TEST_F(AuthConfigTest, ASecretForSignaturesIsLong) {
  variables()["MAC"] = "only-24-bytes-abcdefghij";
  constexpr auto toml = "[auth.jwt]\nissuer = \"i\"\naudience = \"a\"\n"
                        "algorithms = \"HS256\"\nsecret_env = \"MAC\"\n";
  EXPECT_THAT(problem(toml), HasSubstr("MAC"));
  variables()["MAC"] = good;
  EXPECT_EQ(read(toml).value().token_keys.size(), 1u);
}

TEST_F(AuthConfigTest, OriginsAreSpeltAsBrowsersDo) {
  EXPECT_EQ(
      problem("[http]\ncors_origins = [\"https://a.example\", "
              "\"http://localhost:3000\"]\n"),
      "");
  for (auto bad :
       {"*", "null", "https://a.example/", "https://*.example", "a.example",
        "https://A.example", "ftp://a.example", "https://u@a.example"})
    EXPECT_THAT(
        problem("[http]\ncors_origins = [\"" + std::string(bad) + "\"]\n"),
        HasSubstr("cors_origins"))
        << bad;
}

TEST_F(AuthConfigTest, ProxiesAreAddressesOrNetworks) {
  EXPECT_EQ(problem("[auth]\ntrusted_proxies = [\"10.0.0.0/8\"]\n"), "");
  for (auto bad : {"proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1"})
    EXPECT_THAT(
        problem("[auth]\ntrusted_proxies = [\"" + std::string(bad) + "\"]\n"),
        HasSubstr("trusted_proxies"))
        << bad;
}

TEST_F(AuthConfigTest, ListsAreListsOfTexts) {
  for (auto bad : {"[1]", "[\"a,b\"]", "1", "\"a,,b\"", "[[\"a\"]]"})
    EXPECT_THAT(
        problem("[auth.jwt]\naudience = " + std::string(bad) + "\n"),
        HasSubstr("audience"))
        << bad;
}

} // namespace
} // namespace hansard
