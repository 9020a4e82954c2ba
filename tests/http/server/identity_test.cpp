#include "tests/http/auth/test_tokens.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <boost/json.hpp>

namespace hansard::test {
namespace {

constexpr std::string_view session_secret = "test-secret-0123456789abcdef";
/// Of did:vaultys:abc, made by next-auth 4.24.15; good until 2036.
constexpr std::string_view session_token =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3y4lHUiR-WKQ0Co1."
    "cC2E3IGiQUJMo20-8WhHvATaLmIf21qNxlHURwO3PgloP9KT5eQNibIef0QCeeTYyv4oclNbad"
    "gFSfaDAqnsobyczzl5b3OjwCx97_NZtrJeab10Y4w4fmWuvHbvJRMzvA_eE-lekpsPoMqUDzuS"
    "NpgipRO-OYsEGZIdHkUlOOV7_tQ.VjwHpR5Xq-TuOocS5Gey6A";
constexpr std::string_view session_user = "did:vaultys:abc";

class IdentityRoutesTest : public ServerTest {
protected:
  IdentityRoutesTest() {
    options.authentication.session_secrets = {
        secret_text{std::string(session_secret)}};
    options.authentication.tokens.issuer = "iss";
    options.authentication.tokens.audiences = {"hansard"};
    options.authentication.tokens.algorithms = {jwt_algorithm::hs256};
    options.authentication.token_keys.push_back(
        {jwt_algorithm::hs256, "", nullptr, secret_text{std::string(mac)}});
  }

  static std::string cookie(std::string_view token = session_token) {
    return "Cookie: next-auth.session-token=" + std::string(token) + "\r\n";
  }
  static std::string bearer(std::string_view token) {
    return "Authorization: Bearer " + std::string(token) + "\r\n";
  }
  static std::string token(std::string_view more = "") {
    return sign_hs256(
        mac, R"({"alg":"HS256"})",
        R"({"iss":"iss","aud":"hansard","sub":"did:t","exp":4000000000)"
            + std::string(more) + "}");
  }
  raw_response
  send(std::string_view method, std::string_view path, std::string headers) {
    return ask(
        std::string(method) + ' ' + std::string(path)
        + " HTTP/1.1\r\nHost: here:80\r\nConnection: close\r\n" + headers
        + "\r\n");
  }
  raw_response me(std::string headers) {
    return send("GET", "/api/users/me", std::move(headers));
  }
  /// A key of the member's with these scopes.
  std::string key_with(std::string_view scopes, std::string_view user) {
    auto r = send_json(
        "POST", "/api/users/" + std::string(user) + "/keys",
        R"({"scopes":[)" + std::string(scopes) + "]}");
    EXPECT_EQ(r.status, 201u) << r.body;
    return std::string(
        boost::json::parse(r.body).at("key").as_string().c_str());
  }
  std::string key_id_of(std::string_view user) {
    auto r = get("/api/users/" + std::string(user) + "/keys");
    auto keys = boost::json::parse(r.body).at("keys").as_array();
    return std::string(keys.back().at("id").as_string().c_str());
  }

  static constexpr std::string_view mac =
      "a-shared-secret-of-32-bytes-and-more";
};

TEST_F(IdentityRoutesTest, EachKindOfCredentialTellsWhoItIs) {
  EXPECT_NE(
      me(bearer(member_key)).body.find(R"("did":"did:user:1")"),
      std::string::npos);
  auto by_cookie = me(cookie()).body;
  EXPECT_NE(by_cookie.find(R"("did":"did:vaultys:abc")"), std::string::npos);
  EXPECT_NE(by_cookie.find("sessionCookie"), std::string::npos);
  EXPECT_NE(
      me(bearer(session_token)).body.find(R"("credential":"token")"),
      std::string::npos);
  EXPECT_NE(
      me(bearer(token())).body.find(R"("did":"did:t")"), std::string::npos);
}

TEST_F(IdentityRoutesTest, EveryRefusalIsTheSame) {
  auto expected = me("").body;
  auto without_ids = [](std::string body) {
    auto object = boost::json::parse(body).as_object();
    object.erase("requestId");
    object.erase("timestamp");
    return boost::json::serialize(object);
  };
  std::string tampered(session_token);
  tampered.back() = 'B';
  for (const auto& headers :
       {bearer("nothing"), bearer("a.b.c"), bearer("a.b.c.d.e"),
        bearer(token(R"(,"nbf":3999999999)")), cookie(tampered), cookie("x"),
        bearer(tampered), std::string("Authorization: Basic eDp5\r\n"),
        std::string("x-api-key: hsd_0\r\n")}) {
    auto r = me(headers);
    EXPECT_EQ(r.status, 401u) << headers;
    EXPECT_EQ(without_ids(r.body), without_ids(expected)) << headers;
  }
}

TEST_F(IdentityRoutesTest, ShownCredentialsAreNotHelpedByACookie) {
  EXPECT_EQ(me(cookie() + bearer("wrong")).status, 401u);
  EXPECT_EQ(me(cookie()).status, 200u);
}

TEST_F(IdentityRoutesTest, TheRegistryWinsOverTheClaim) {
  actors.add_user("did:t", "another-key-0123456789", user_role::auditor);
  auto r = me(bearer(token(R"(,"role":"admin")")));
  EXPECT_NE(r.body.find(R"("role":"auditor")"), std::string::npos) << r.body;
}

TEST_F(IdentityRoutesTest, AKeyIsForItsScopesAlone) {
  auto chat = key_with(R"("chat")", "did:user:1");
  auto read = key_with(R"("read")", "did:user:1");
  EXPECT_EQ(me(bearer(chat)).status, 200u);
  expect_problem(get("/api/chat/sessions", chat), 403, "FORBIDDEN");
  EXPECT_EQ(get("/api/chat/sessions", read).status, 200u);
  expect_problem(
      send_json("POST", "/api/chat", chat_body(), read), 403, "FORBIDDEN");
}

TEST_F(IdentityRoutesTest, AnAdminsKeyWithoutTheScopeIsAMembers) {
  auto key = key_with(R"("chat","read")", "did:user:admin");
  expect_problem(get("/api/users", key), 403, "FORBIDDEN");
  EXPECT_NE(me(bearer(key)).body.find(R"("role":"member")"), std::string::npos);
}

TEST_F(IdentityRoutesTest, BadScopesAreRefused) {
  for (auto bad :
       {R"({"scopes":[]})", R"({"scopes":["root"]})", R"({"scopes":"chat"})",
        R"({"scopes":[1]})"})
    expect_problem(
        send_json("POST", "/api/users/did:user:1/keys", bad), 400,
        "INVALID_REQUEST");
}

TEST_F(IdentityRoutesTest, ARevokedKeyIsNoKey) {
  auto key = key_with(R"("chat","read")", "did:user:1");
  ASSERT_EQ(me(bearer(key)).status, 200u);
  auto id = key_id_of("did:user:1");
  auto path = "/api/users/did:user:1/keys/" + id;
  EXPECT_EQ(send_json("DELETE", path, "").status, 204u);
  expect_problem(me(bearer(key)), 401, "UNAUTHENTICATED");
  expect_problem(send_json("DELETE", path, ""), 404, "NOT_FOUND");
  auto list = get("/api/users/did:user:1/keys").body;
  EXPECT_NE(list.find(R"("revoked":true)"), std::string::npos);
  EXPECT_EQ(list.find(key), std::string::npos);
}

TEST_F(IdentityRoutesTest, TheLastUseOfAKeyIsShown) {
  auto key = key_with(R"("chat")", "did:user:1");
  auto last = [&] {
    auto r = get("/api/users/did:user:1/keys");
    auto keys = boost::json::parse(r.body).at("keys").as_array();
    return keys.back().at("lastUsedAt").is_null();
  };
  EXPECT_TRUE(last());
  me(bearer(key));
  EXPECT_FALSE(last());
}

TEST_F(IdentityRoutesTest, ADeactivatedUserIsNobodyWhateverTheyShow) {
  actors.add_user(std::string(session_user), "key-of-the-user-01234567");
  ASSERT_EQ(me(cookie()).status, 200u);
  auto path = "/api/users/" + std::string(session_user);
  EXPECT_EQ(send_json("DELETE", path, "").status, 204u);
  EXPECT_EQ(me(cookie()).status, 401u);
  EXPECT_EQ(me(bearer(session_token)).status, 401u);
  EXPECT_EQ(me(bearer("key-of-the-user-01234567")).status, 401u);
  EXPECT_EQ(send_json("PATCH", path, R"({"active":true})").status, 200u);
  EXPECT_EQ(me(cookie()).status, 200u);
}

TEST_F(IdentityRoutesTest, TokensAreRevokedByIdBySubjectAndByTime) {
  auto revoke = [&](std::string_view body) {
    return send_json("POST", "/api/tokens/revocations", body).status;
  };
  ASSERT_EQ(me(cookie()).status, 200u);
  EXPECT_EQ(
      revoke(R"({"tokenId":"37282c78-19a3-42c8-afc6-cd2d4a17d00f"})"), 204u);
  EXPECT_EQ(me(cookie()).status, 401u);

  auto one = token(R"(,"iat":1700000000,"jti":"a")");
  auto later = token(R"(,"iat":1700000100,"jti":"b")");
  EXPECT_EQ(
      revoke(R"({"userDid":"did:t","issuedBefore":"2023-11-14T22:14:00Z"})"),
      204u);
  EXPECT_EQ(me(bearer(one)).status, 401u);
  EXPECT_EQ(me(bearer(later)).status, 200u);
  EXPECT_EQ(revoke(R"({"userDid":"did:t"})"), 204u);
  EXPECT_EQ(me(bearer(later)).status, 401u);
  EXPECT_EQ(me(bearer(token())).status, 401u)
      << "without iat, it may be of before";
  for (auto bad :
       {R"({})", R"({"tokenId":""})", R"({"tokenId":"a","userDid":"b"})",
        R"({"issuedBefore":"soon"})", R"({"userDid":"\u0000"})"})
    EXPECT_EQ(revoke(bad), 400u) << bad;
}

TEST_F(IdentityRoutesTest, UsersChange) {
  auto r = send_json(
      "PATCH", "/api/users/did:user:1",
      R"({"displayName":"New","role":"auditor"})");
  EXPECT_EQ(r.status, 200u);
  EXPECT_NE(
      r.body.find(R"("displayName":"New","role":"auditor","active":true)"),
      std::string::npos)
      << r.body;
  EXPECT_EQ(
      actors.last_recorded<user_changed>().value().by.principal,
      "did:user:admin");
  expect_problem(
      send_json("PATCH", "/api/users/nobody", R"({"role":"member"})"), 404,
      "NOT_FOUND");
  expect_problem(
      send_json("PATCH", "/api/users/did:user:1", R"({"role":"boss"})"), 400,
      "INVALID_REQUEST");
}

TEST_F(IdentityRoutesTest, TheLastAdminStays) {
  for (auto body : {R"({"role":"member"})", R"({"active":false})"})
    expect_problem(
        send_json("PATCH", "/api/users/did:user:admin", body), 403,
        "FORBIDDEN");
  expect_problem(
      send_json("DELETE", "/api/users/did:user:admin", ""), 403, "FORBIDDEN");
  actors.add_user("did:second", "second-admin-0123456789", user_role::admin);
  EXPECT_EQ(send_json("DELETE", "/api/users/did:user:admin", "").status, 204u);
}

TEST_F(IdentityRoutesTest, ACookieWritesForItsOwnPagesAlone) {
  auto write = [&](const std::string& headers) {
    return send(
               "POST", "/api/chat",
               cookie() + headers
                   + "Content-Type: application/json\r\nContent-Length: 2\r\n")
        .status;
  };
  // Past the check the body is asked for, and it never comes whole.
  EXPECT_EQ(write("Sec-Fetch-Site: cross-site\r\n"), 403u);
  EXPECT_EQ(write("Sec-Fetch-Site: same-site\r\n"), 403u);
  EXPECT_EQ(write("Origin: https://evil\r\n"), 403u);
  EXPECT_EQ(write("Origin: null\r\n"), 403u);
  EXPECT_EQ(me(cookie() + "Sec-Fetch-Site: cross-site\r\n").status, 200u);
}

TEST_F(IdentityRoutesTest, OriginsThatAreListedMayCall) {
  options.authentication.cors_origins = {"https://app"};
  auto r = me(cookie() + "Origin: https://app\r\n");
  EXPECT_EQ(r.header("access-control-allow-origin"), "https://app");
  EXPECT_EQ(r.header("access-control-allow-credentials"), "true");
  EXPECT_EQ(r.header("vary"), "Origin");
  auto other = me(cookie() + "Origin: https://other\r\n");
  EXPECT_EQ(other.headers.count("access-control-allow-origin"), 0u);
  EXPECT_EQ(other.header("vary"), "Origin");
  auto preflight = send(
      "OPTIONS", "/api/chat",
      "Origin: https://app\r\nAccess-Control-Request-Method: POST\r\n");
  EXPECT_EQ(preflight.status, 204u);
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "POST, OPTIONS");
}

TEST_F(IdentityRoutesTest, WithoutAListThereIsNoCors) {
  auto r = me(cookie() + "Origin: https://app\r\n");
  EXPECT_EQ(r.headers.count("access-control-allow-origin"), 0u);
  EXPECT_EQ(r.headers.count("vary"), 0u);
}

TEST_F(IdentityRoutesTest, FailuresOfAnAddressAreLimited) {
  options.authentication.max_failures = 3;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(me(bearer("wrong")).status, 401u);
  auto r = me(bearer("wrong"));
  expect_problem(r, 429, "TOO_MANY_ATTEMPTS");
  EXPECT_GE(std::stoi(r.header("retry-after")), 1);
  EXPECT_EQ(me(cookie()).status, 200u)
      << "who has a good credential is not shut out by others";
  EXPECT_EQ(send("GET", "/healthz", "").status, 200u);
}

TEST_F(IdentityRoutesTest, SchemesOfProxiesHideNoCredentialAndAreNoFailure) {
  options.authentication.max_failures = 1;
  for (std::string scheme : {"Basic eDp5", "Negotiate YII=", "Digest a=b"}) {
    auto beside = "Authorization: " + scheme + "\r\n";
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(me(beside).status, 401u) << scheme;
    EXPECT_EQ(me(cookie() + beside).status, 200u) << scheme;
    EXPECT_EQ(
        me("x-api-key: " + key_with(R"("read")", "did:user:1") + "\r\n"
           + beside)
            .status,
        200u)
        << scheme;
  }
  EXPECT_EQ(me("Authorization: Bearer\r\n" + cookie()).status, 401u)
      << "a bearer token that is not there is shown on purpose";
}

TEST_F(IdentityRoutesTest, ForwardedAddressesCountBehindATrustedProxyAlone) {
  options.authentication.max_failures = 1;
  options.authentication.trusted_proxies =
      trusted_proxies::parse({"127.0.0.0/8"}).value();
  auto from = [](std::string_view who) {
    return "X-Forwarded-For: " + std::string(who) + "\r\n";
  };
  EXPECT_EQ(me(bearer("wrong") + from("9.9.9.9, 192.0.2.1")).status, 401u);
  EXPECT_EQ(me(bearer("wrong") + from("8.8.8.8, 192.0.2.1")).status, 429u);
  EXPECT_EQ(me(cookie() + from("192.0.2.2")).status, 200u);
}

TEST_F(IdentityRoutesTest, ARevokedCallersStreamEndsWithAnError) {
  auto key = key_with(R"("chat","read")", "did:user:1");
  auto id = key_id_of("did:user:1");
  auto client = connect();
  client.send(chat_request_bytes(key));
  auto sink = actors.attached(0);
  sink.sink->deliver(token_batch(4, {"before"}), {3}, true);
  ASSERT_NE(client.read_until("before").find("before"), std::string::npos);
  auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(
      send_json("DELETE", "/api/users/did:user:1/keys/" + id, "").status, 204u);
  auto rest = client.read_until("[DONE]");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{1});
  EXPECT_NE(rest.find(R"("code":"UNAUTHENTICATED")"), std::string::npos)
      << rest;
  sink.sink->deliver(token_batch(5, {"after"}), {4}, true);
  EXPECT_FALSE(sink.feedback->wait_closed().empty());
}

TEST_F(IdentityRoutesTest, ARevocationOfOthersLeavesAStreamAlone) {
  auto client = connect();
  client.send(chat_request_bytes());
  auto sink = actors.attached(0);
  sink.sink->deliver(token_batch(4, {"before"}), {3}, true);
  client.read_until("before");
  send_json("POST", "/api/tokens/revocations", R"({"userDid":"did:other"})");
  options.ping_interval = std::chrono::milliseconds{50};
  sink.sink->deliver(token_batch(5, {"after"}), {4}, true);
  EXPECT_NE(client.read_until("after").find("after"), std::string::npos);
  sink.sink->finish();
}

} // namespace
} // namespace hansard::test
