#include "tests/http/harness/server_fixture.hpp"
#include "tests/support/source_dir.hpp"

#include <prometheus/registry.h>

#include <array>
#include <fstream>
#include <future>
#include <iterator>
#include <set>

namespace hansard::test {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, AConnectionServesManyRequests) {
  auto client = connect();
  for (int i = 0; i < 5; ++i) {
    client.send(get_request("/healthz"));
    EXPECT_EQ(client.read_response().body, R"({"status":"alive"})");
  }
  EXPECT_EQ(running().open_connections(), 1u);
}

TEST_F(ServerTest, TheApiIsToldToAnybody) {
  std::ifstream in(source_dir() + "/docs/openapi.yaml");
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  auto r = get("/openapi.yaml", {});
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.header("content-type"), "application/yaml");
  EXPECT_EQ(r.body, file);
  EXPECT_NE(get("/", {}).body.find("/openapi.yaml"), std::string::npos);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  auto client = connect();
  client.send(
      get_request("/healthz") + get_request("/nowhere")
      + json_request("POST", "/api/chat", "{", admin_key)
      + get_request("/readyz"));
  EXPECT_EQ(client.read_response().status, 200u);
  EXPECT_EQ(client.read_response().status, 404u);
  EXPECT_EQ(client.read_response().status, 400u);
  EXPECT_EQ(
      client.read_response().body, R"({"status":"ready","obstacles":[]})");
}

TEST_F(ServerTest, ManyPipelinedRequestsAreAllAnswered) {
  auto client = connect();
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += get_request("/healthz");
  client.send(many);
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(client.read_response().status, 200u) << i;
}

TEST_F(ServerTest, ConnectionCloseIsObeyed) {
  auto client = connect();
  client.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  auto r = client.read_response();
  EXPECT_EQ(r.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToKeepAlive) {
  auto client = connect();
  client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_response().header("connection"), "keep-alive");
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  auto r = client.read_response();
  EXPECT_EQ(r.version, "HTTP/1.0");
  EXPECT_TRUE(client.at_end());
}

TEST_F(ServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  auto client = connect();
  client.send("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  auto r = client.read_head();
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.header("content-length"), "18");
  client.send(get_request("/healthz"));
  EXPECT_EQ(client.read_response().status, 200u);
}

TEST_F(ServerTest, OptionsAndWrongMethodsNameTheRightOnes) {
  auto r = ask("OPTIONS /api/chat HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(r.status, 204u);
  EXPECT_EQ(r.header("allow"), "POST, OPTIONS");
  EXPECT_EQ(r.headers.count("content-length"), 0u);
  EXPECT_EQ(r.headers.count("access-control-allow-origin"), 0u);
  r = ask("DELETE /api/chat HTTP/1.1\r\nHost: h\r\n\r\n");
  expect_problem(r, 405, "METHOD_NOT_ALLOWED");
  EXPECT_EQ(r.header("allow"), "POST, OPTIONS");
}

TEST_F(ServerTest, UnknownPathsAreNotFound) {
  expect_problem(get("/nowhere"), 404, "NOT_FOUND");
  expect_problem(get("/%zz"), 400, "INVALID_REQUEST");
}

TEST_F(ServerTest, EveryAnswerCarriesARequestId) {
  auto kept =
      ask("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Request-Id: my id 1\r\n\r\n");
  EXPECT_EQ(kept.header("x-request-id"), "my id 1");
  std::set<std::string> made;
  for (auto bad :
       {std::string(129, 'a'), std::string("\xc3\xa9"), std::string()}) {
    auto r =
        ask("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + bad
            + "\r\n\r\n");
    EXPECT_EQ(r.header("x-request-id").rfind("req_", 0), 0u);
    made.insert(r.header("x-request-id"));
  }
  EXPECT_EQ(made.size(), 3u);
}

TEST_F(ServerTest, SecurityHeadersAreThereAndCorsIsNot) {
  for (auto path : {"/healthz", "/nowhere", "/metrics"}) {
    auto r = get(path);
    EXPECT_EQ(r.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(r.header("cache-control"), "no-store");
    EXPECT_NE(r.header("content-security-policy"), "");
    EXPECT_NE(r.header("date"), "");
    EXPECT_EQ(r.headers.count("access-control-allow-origin"), 0u);
  }
}

TEST_F(ServerTest, WithoutAValidKeyThereIsOneAnswer) {
  std::set<std::string> seen;
  for (std::string field :
       {"", "Authorization: Bearer wrong\r\n", "Authorization: Bearer\r\n",
        "Authorization: Basic YTpi\r\n", "x-api-key: nope\r\n",
        "x-api-key: \r\n"}) {
    auto r = ask("GET /api/agents HTTP/1.1\r\nHost: h\r\n" + field + "\r\n");
    seen.insert(expect_problem(r, 401, "UNAUTHENTICATED"));
    EXPECT_EQ(r.header("www-authenticate"), "Bearer");
  }
  auto both =
      ask("GET /api/agents HTTP/1.1\r\nHost: h\r\nx-api-key: "
          + std::string(admin_key) + "\r\nAuthorization: Bearer "
          + std::string(member_key) + "\r\n\r\n");
  seen.insert(expect_problem(both, 401, "UNAUTHENTICATED"));
  EXPECT_EQ(seen.size(), 1u);
}

TEST_F(ServerTest, AnyOfTheTwoKeyHeadersWillDo) {
  EXPECT_EQ(get("/api/agents").status, 200u);
  auto r =
      ask("GET /api/agents HTTP/1.1\r\nHost: h\r\nx-api-key: "
          + std::string(member_key) + "\r\n\r\n");
  EXPECT_EQ(r.status, 200u);
  r =
      ask("GET /api/agents HTTP/1.1\r\nHost: h\r\nauthorization: bearer  "
          + std::string(member_key) + "\r\n\r\n");
  EXPECT_EQ(r.status, 200u);
}

TEST_F(ServerTest, AnotherMediaTypeIsRefusedBeforeTheBodyIsRead) {
  for (std::string type :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
        ""}) {
    auto client = connect();
    client.send(
        "POST /api/chat HTTP/1.1\r\nHost: h\r\nx-api-key: "
        + std::string(member_key)
        + "\r\nContent-Length: 5\r\nContent-Type: " + type + "\r\n\r\n");
    auto r = client.read_response();
    expect_problem(r, 415, "UNSUPPORTED_MEDIA_TYPE");
    EXPECT_EQ(r.header("connection"), "close");
    client.send("hello");
    client.shut_down_sending();
    EXPECT_TRUE(client.at_end());
  }
}

TEST_F(ServerTest, ACharsetBesideTheMediaTypeIsFine) {
  auto body = chat_body();
  auto client = connect();
  client.send(
      "POST /api/chat HTTP/1.1\r\nHost: h\r\nx-api-key: "
      + std::string(member_key)
      + "\r\nContent-Length: " + std::to_string(body.size())
      + "\r\nContent-Type: Application/JSON ; charset=utf-8\r\n\r\n" + body);
  EXPECT_EQ(actors.turn_asked(0).agent, agent);
  actors.attached(0).sink->finish();
  EXPECT_EQ(client.read_response().status, 200u);
}

TEST_F(ServerTest, TheUnauthenticatedCanNotMakeItReadABody) {
  auto client = connect();
  client.send(
      "POST /api/chat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json"
      "\r\nContent-Length: 8000000\r\nExpect: 100-continue\r\n\r\n");
  expect_problem(client.read_response(), 401, "UNAUTHENTICATED");
}

TEST_F(ServerTest, ExpectationsAreAnsweredWith100Continue) {
  auto client = connect();
  auto bytes = json_request("POST", "/api/chat", "{}", member_key);
  auto end = bytes.find("\r\n\r\n");
  bytes.insert(end, "\r\nExpect: 100-continue");
  client.send(bytes.substr(0, bytes.size() - 2));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  expect_problem(client.read_response(), 400, "INVALID_REQUEST");
}

TEST_F(ServerTest, AMalformedRequestIsAnsweredAndTheConnectionClosed) {
  for (std::string bytes :
       {"GET\r\n\r\n", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n",
        "POST /api/chat HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\nabc"}) {
    auto client = connect();
    client.send(bytes);
    expect_problem(client.read_response(), 400, "INVALID_REQUEST");
    client.shut_down_sending();
    EXPECT_TRUE(client.at_end()) << bytes;
  }
}

TEST_F(ServerTest, NothingBehindAMalformedRequestIsServed) {
  auto client = connect();
  client.send(
      "POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
      "Content-Length: 30\r\n\r\n"
      + get_request("/healthz"));
  expect_problem(client.read_response(), 400, "INVALID_REQUEST");
  client.shut_down_sending();
  EXPECT_TRUE(client.at_end());
}

TEST_F(ServerTest, TheHeaderLimitIs64KiB) {
  auto of_size = [](std::size_t size) {
    std::string out = "GET /healthz HTTP/1.1\r\nHost: h\r\nX: ";
    return out + std::string(size - out.size() - 4, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(ask(of_size(64 * 1024)).status, 200u);
  expect_problem(ask(of_size(64 * 1024 + 1)), 431, "HEADER_TOO_LARGE");
}

TEST_F(ServerTest, ABodyOverTheLimitIsRefused) {
  options.max_body_bytes = 1000;
  auto r = send_json("POST", "/api/chat", std::string(1001, ' '));
  expect_problem(r, 413, "TOO_LARGE");
  r = send_json("POST", "/api/chat", std::string(1000, ' '));
  expect_problem(r, 400, "INVALID_REQUEST");
}

TEST_F(ServerTest, TheDefaultBodyLimitIs8MiB) {
  auto content = std::string(8 * 1024 * 1024 - 200, 'x');
  auto body = R"({"agentDid":"did:agent:1","messages":[{"role":"user",)"
              R"("content":")"
              + content + "\"}]}";
  auto client = connect();
  client.send(json_request("POST", "/api/chat", body, member_key));
  EXPECT_EQ(
      actors.turn_asked(0).messages[0].content.size(), content.size() + 2);
  actors.attached(0).sink->finish();
  EXPECT_EQ(client.read_response().status, 200u);
  body += std::string(300, ' ');
  expect_problem(
      send_json("POST", "/api/chat", body, member_key), 413, "TOO_LARGE");
}

TEST_F(ServerTest, BodiesTogetherAreBounded) {
  options.max_bodies_bytes = 10'000;
  auto r = send_json("POST", "/api/chat", std::string(20'000, ' '));
  expect_problem(r, 503, "OVERLOADED");
  EXPECT_NE(r.header("retry-after"), "");
  r = send_json("POST", "/api/chat", std::string(5'000, ' '));
  expect_problem(r, 400, "INVALID_REQUEST");
}

TEST_F(ServerTest, AHeadThatCreepsInIsGivenUp) {
  options.header_timeout = milliseconds{80};
  auto client = connect();
  client.send("GET /healthz HTTP/1.1\r\nHo");
  expect_problem(client.read_response(), 408, "REQUEST_TIMEOUT");
  client.shut_down_sending();
  EXPECT_TRUE(client.at_end());
}

TEST_F(ServerTest, ABodyThatCreepsInIsGivenUp) {
  options.body_timeout = milliseconds{80};
  auto client = connect();
  auto bytes = chat_request_bytes();
  client.send(bytes.substr(0, bytes.size() - 1));
  expect_problem(client.read_response(), 408, "REQUEST_TIMEOUT");
  EXPECT_EQ(actors.turns_asked(), 0u);
}

TEST_F(ServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  options.idle_timeout = milliseconds{500};
  auto client = connect();
  client.send(get_request("/healthz"));
  client.read_response();
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, ConnectionsAreCapped) {
  options.max_connections = 2;
  auto a = connect();
  auto b = connect();
  a.send(get_request("/healthz"));
  b.send(get_request("/healthz"));
  EXPECT_EQ(a.read_response().status, 200u);
  EXPECT_EQ(b.read_response().status, 200u);
  auto c = connect();
  EXPECT_EQ(c.read_response().status, 503u);
  a.close();
  b.close();
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(get("/healthz").status, 200u);
}

TEST_F(ServerTest, AClientThatVanishesInItsRequestLeavesNothing) {
  for (int i = 0; i < 20; ++i) {
    auto client = connect();
    client.send(chat_request_bytes().substr(0, 20 + 7 * i));
    if (i % 2)
      client.abort();
  }
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(get("/healthz").status, 200u);
}

TEST_F(ServerTest, MetricsNameRoutesAndNotTargets) {
  get("/healthz");
  get("/nowhere-secret");
  get("/api/agents/did:secret");
  auto text = get("/metrics").body;
  EXPECT_NE(
      text.find("hansard_http_requests_total{method=\"GET\",route=\"/"
                "healthz\",status=\"200\"} 1"),
      std::string::npos);
  EXPECT_NE(text.find("route=\"unmatched\""), std::string::npos);
  EXPECT_NE(text.find("route=\"/api/agents/{did}\""), std::string::npos);
  EXPECT_EQ(text.find("secret"), std::string::npos);
}

TEST_F(ServerTest, ReadinessTellsWhatIsInTheWay) {
  EXPECT_EQ(get("/readyz", "").status, 200u);
  actors.in_the_way = {"The log has failed."};
  auto r = get("/readyz", "");
  EXPECT_EQ(r.status, 503u);
  EXPECT_EQ(
      r.body, R"({"status":"not ready","obstacles":["The log has failed."]})");
  EXPECT_EQ(get("/healthz", "").status, 200u);
}

TEST_F(ServerTest, TheRootTellsWhatThisIs) {
  auto r = get("/", "");
  EXPECT_EQ(r.status, 200u);
  EXPECT_NE(r.body.find("/api/chat"), std::string::npos);
}

TEST_F(ServerTest, DrainingClosesIdleConnectionsAndEndsTheOthersPolitely) {
  auto idle = connect();
  idle.send(get_request("/healthz"));
  idle.read_response();
  auto busy = connect();
  actors.hold_turns = true;
  busy.send(chat_request_bytes());
  actors.turn_asked(0);
  running().begin_drain();
  EXPECT_TRUE(idle.at_end());
  actors.release_turns();
  actors.attached(0).sink->finish();
  auto r = busy.read_response();
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.header("connection"), "close");
  EXPECT_TRUE(busy.at_end());
  EXPECT_TRUE(all_gone());
}

TEST_F(ServerTest, DrainingAnswersWhoAskedBefore) {
  // One for each I/O thread: one of them waits with the stream below.
  std::array idle{connect(), connect()};
  for (auto& client : idle) {
    client.send(get_request("/healthz"));
    EXPECT_EQ(client.read_response().status, 200u);
  }
  std::promise<void> attached;
  std::promise<void> go_on;
  actors.on_attach = [&](const attachment&) {
    attached.set_value();
    go_on.get_future().wait();
  };
  auto busy = connect();
  busy.send(chat_request_bytes());
  attached.get_future().wait();
  for (auto& client : idle)
    client.send(get_request("/healthz"));
  running().begin_drain();
  go_on.set_value();
  for (auto& client : idle) {
    // The other thread may answer before it hears of the drain, or after.
    EXPECT_EQ(client.read_response().status, 200u);
    EXPECT_TRUE(client.at_end());
  }
  actors.attached(0).sink->finish();
}

TEST_F(ServerTest, ClosingEndsAStreamThatOutlivesItsPatience) {
  auto client = connect();
  client.send(chat_request_bytes());
  auto stream = actors.attached(0);
  stream.sink->deliver(token_batch(4, {"hi"}), {3}, true);
  client.read_head();
  EXPECT_NE(client.read_chunk().find("hi"), std::string::npos);
  running().close(milliseconds{1});
  EXPECT_EQ(stream.feedback->wait_closed(), "shutdown");
  EXPECT_EQ(stream.feedback->last_sent(), stream_version{4});
  client.read_to_end();
  EXPECT_EQ(running().open_connections(), 0u);
}

TEST_F(ServerTest, TwoServersCanNotHaveOnePort) {
  server_options second;
  second.port = running().port();
  io_pool pool{1};
  auto started = server::start(
      second, pool, actors, std::make_shared<prometheus::Registry>());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ec::invalid_request);
}

} // namespace
} // namespace hansard::test
