#include "http/text/text.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <chrono>

namespace hansard::test {
namespace {

using std::chrono::milliseconds;

class ChatTest : public ServerTest {
protected:
  ChatTest() {
    // Sessions of the member, which these tests name.
    for (const auto& id : {session(5), fake_controller::session_of_turns()})
      actors.writer().open(id, "did:user:1", std::string(agent));
    actors.project();
  }

  /// Sends a chat request and waits until its stream is attached.
  attachment begin_chat(raw_client& client) {
    client.send(chat_request_bytes());
    return actors.attached(chats_++);
  }
  /// All answer text in the data lines of `body`.
  static std::string text_of(const std::string& body) {
    std::string out;
    const std::string open = "data: {\"chunk\":\"";
    for (std::size_t at = 0; (at = body.find(open, at)) != std::string::npos;) {
      at += open.size();
      out += body.substr(at, body.find('"', at) - at);
    }
    return out;
  }

private:
  std::size_t chats_ = 0;
};

TEST_F(ChatTest, AStreamHasTheDocumentedShape) {
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->deliver(event_batch_of(4, generation_started{}), {3}, true);
  chat.sink->deliver(token_batch(5, {"Hel", "lo"}), {3}, true);
  chat.sink->deliver(event_batch_of(7, completed()), {3}, true);
  chat.sink->finish();
  auto r = client.read_response();
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.header("content-type"), "text/event-stream");
  EXPECT_EQ(r.header("cache-control"), "no-cache, no-store, no-transform");
  EXPECT_EQ(r.header("x-accel-buffering"), "no");
  EXPECT_EQ(r.header("transfer-encoding"), "chunked");
  EXPECT_EQ(
      r.header("x-session-id"),
      fake_controller::session_of_turns().to_string());
  EXPECT_EQ(r.header("x-turn-id"), fake_controller::running_turn().to_string());
  EXPECT_NE(r.header("x-request-id"), "");
  EXPECT_EQ(
      r.body,
      "retry: 2000\n"
      "id: 5\ndata: {\"chunk\":\"Hel\"}\n\n"
      "id: 6\ndata: {\"chunk\":\"lo\"}\n\n"
      "id: 7\ndata: {\"chunk\":\"\",\"end\":\"complete\",\"finishReason\":"
      "\"stop\",\"usage\":{\"source\":\"reported\",\"promptTokens\":9,"
      "\"completionTokens\":2,\"totalTokens\":11,\"cachedTokens\":0,"
      "\"reasoningTokens\":0}}\n\n"
      "data: [DONE]\n\n");
  EXPECT_EQ(chat.feedback->wait_closed(), "finished");
  EXPECT_EQ(chat.feedback->last_sent(), stream_version{7});
}

TEST_F(ChatTest, TheCommandIsWhatWasSent) {
  auto client = connect();
  auto body =
      R"({"agentDid":"did:agent:1","messages":[{"role":"user","content":)"
      R"( "a\u0041" }],"sessionId":")"
      + session(5).to_string() + R"(","history":"full"})";
  auto bytes = json_request("POST", "/api/chat", body, member_key);
  bytes.insert(bytes.find("\r\n") + 2, "X-Request-Id: r-1\r\n");
  client.send(bytes);
  auto command = actors.turn_asked(0);
  EXPECT_EQ(command.who.user, "did:user:1");
  EXPECT_EQ(command.who.role, user_role::member);
  EXPECT_EQ(command.request, "r-1");
  EXPECT_EQ(command.agent, agent);
  EXPECT_EQ(command.session, session(5));
  EXPECT_EQ(command.history, history_hint::full);
  ASSERT_EQ(command.messages.size(), 1u);
  EXPECT_EQ(command.messages[0].content, R"("a\u0041")");
  auto chat = actors.attached(0);
  EXPECT_EQ(chat.command.after, fake_controller::turn_after);
  EXPECT_EQ(chat.command.session, fake_controller::session_of_turns());
  EXPECT_EQ(chat.command.turn, fake_controller::running_turn());
  EXPECT_EQ(chat.command.request, "r-1");
  chat.sink->finish();
  client.read_response();
}

TEST_F(ChatTest, RefusalsComeWithTheirStatus) {
  const std::pair<ec, unsigned> cases[] = {
      {ec::forbidden, 403},        {ec::not_found, 404},
      {ec::turn_running, 409},     {ec::agent_mismatch, 409},
      {ec::history_conflict, 409}, {ec::overloaded, 503},
      {ec::draining, 503},         {ec::storage_full, 503},
      {ec::storage_failed, 503},   {ec::internal, 500}};
  for (auto [code, status] : cases) {
    actors.refuse_turn = make_error(code, "Because.");
    actors.refuse_turn->details = {{"turnId", "turn_1"}};
    auto r = ask(chat_request_bytes());
    EXPECT_EQ(expect_problem(r, status, to_upper(to_string(code))), "Because.");
    EXPECT_NE(
        r.body.find(R"("details":{"turnId":"turn_1"})"), std::string::npos);
    bool passes = status == 503 || code == ec::turn_running;
    EXPECT_EQ(r.headers.count("retry-after"), passes ? 1u : 0u);
  }
  actors.refuse_turn.reset();
  actors.refuse_attach = make_error(ec::internal, "Lost.");
  expect_problem(ask(chat_request_bytes()), 500, "INTERNAL");
}

TEST_F(ChatTest, AFailureBeforeTheFirstTokenIsAStatus) {
  const std::pair<ec, unsigned> cases[] = {
      {ec::upstream_failed, 502},
      {ec::upstream_truncated, 502},
      {ec::upstream_unavailable, 503},
      {ec::upstream_timed_out, 504}};
  for (auto [code, status] : cases) {
    auto client = connect();
    auto chat = begin_chat(client);
    chat.sink->deliver(event_batch_of(4, generation_started{}), {3}, true);
    chat.sink->deliver(
        event_batch_of(5, failed(code, "It said no.")), {3}, true);
    chat.sink->finish();
    auto r = client.read_response();
    EXPECT_EQ(
        expect_problem(r, status, to_upper(to_string(code))), "It said no.");
    EXPECT_EQ(
        r.header("x-session-id"),
        fake_controller::session_of_turns().to_string());
    EXPECT_EQ(chat.feedback->wait_closed(), "finished");
    EXPECT_EQ(chat.feedback->last_sent(), stream_version{5});
    // And the connection goes on.
    client.send(get_request("/healthz"));
    EXPECT_EQ(client.read_response().status, 200u);
  }
}

TEST_F(ChatTest, AWriterThatFailsBeforeTheHeadIsAStatus) {
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->fail(make_error(ec::storage_failed, "The disk."));
  expect_problem(client.read_response(), 503, "STORAGE_FAILED");
  EXPECT_EQ(chat.feedback->wait_closed(), "finished");
}

TEST_F(ChatTest, AFailureAfterTheFirstTokenIsInBand) {
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  chat.sink->deliver(
      event_batch_of(
          5, failed(ec::upstream_truncated, "cut", ending::truncated)),
      {3}, true);
  chat.sink->finish();
  auto r = client.read_response();
  EXPECT_EQ(r.status, 200u);
  EXPECT_NE(
      r.body.find(R"("end":"truncated","error":{"code":"UPSTREAM_TRUNCATED")"),
      std::string::npos);
  EXPECT_TRUE(r.body.ends_with("data: [DONE]\n\n"));
}

TEST_F(ChatTest, AWriterThatFailsLaterIsInBand) {
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  client.read_head();
  client.read_chunk();
  chat.sink->fail(make_error(ec::internal, "Lost."));
  auto rest = client.read_chunk();
  EXPECT_NE(rest.find(R"("error":{"code":"INTERNAL")"), std::string::npos);
  EXPECT_TRUE(rest.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(client.read_chunk(), "");
}

TEST_F(ChatTest, TheHeadDoesNotWaitLongerThanItShould) {
  options.head_wait = milliseconds{30};
  options.ping_interval = milliseconds{60};
  auto client = connect();
  auto chat = begin_chat(client);
  EXPECT_EQ(client.read_head().status, 200u);
  EXPECT_EQ(client.read_chunk(), "retry: 2000\n");
  // A slow model still gets pings.
  EXPECT_EQ(client.read_chunk(), ": ping\n");
  EXPECT_EQ(client.read_chunk(), ": ping\n");
  // Now a failure comes too late for a status.
  chat.sink->deliver(
      event_batch_of(4, failed(ec::upstream_failed, "no")), {3}, true);
  chat.sink->finish();
  EXPECT_NE(
      client.read_until("[DONE]").find("UPSTREAM_FAILED"), std::string::npos);
}

TEST_F(ChatTest, AConnectionGoesOnAfterAStream) {
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    auto chat = begin_chat(client);
    chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
    chat.sink->finish();
    EXPECT_EQ(text_of(client.read_response().body), "a");
  }
  client.send(get_request("/healthz"));
  EXPECT_EQ(client.read_response().status, 200u);
}

TEST_F(ChatTest, ARequestPipelinedBehindAStreamWaitsForItsEnd) {
  auto client = connect();
  client.send(chat_request_bytes() + get_request("/healthz"));
  auto chat = actors.attached(0);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  client.read_head();
  client.read_chunk();
  client.send(get_request("/readyz"));
  chat.sink->finish();
  EXPECT_EQ(client.read_chunk(), "data: [DONE]\n\n");
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.read_response().body, R"({"status":"alive"})");
  EXPECT_EQ(client.read_response().status, 200u);
}

TEST_F(ChatTest, Http10GetsAStreamThatEndsWithTheConnection) {
  auto client = connect();
  auto bytes = chat_request_bytes();
  bytes.replace(bytes.find("HTTP/1.1"), 8, "HTTP/1.0");
  client.send(bytes);
  auto chat = actors.attached(0);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  chat.sink->finish();
  auto r = client.read_response();
  EXPECT_EQ(r.headers.count("transfer-encoding"), 0u);
  EXPECT_EQ(
      r.body,
      "retry: 2000\nid: 4\ndata: {\"chunk\":\"a\"}\n\ndata: [DONE]\n\n");
  EXPECT_EQ(chat.feedback->wait_closed(), "finished");
}

TEST_F(ChatTest, ADisconnectIsNoticedWhileNothingIsSent) {
  for (int how = 0; how < 3; ++how) {
    auto client = connect();
    auto chat = begin_chat(client);
    chat.sink->deliver(token_batch(4, {"a", "b"}), {3}, true);
    client.read_head();
    client.read_chunk();
    if (how == 0)
      client.close();
    else if (how == 1)
      client.abort();
    else
      client.shut_down_sending();
    EXPECT_EQ(chat.feedback->wait_closed(), "gone") << how;
    EXPECT_EQ(chat.feedback->last_sent(), stream_version{5});
    EXPECT_TRUE(all_gone());
    // What comes after that harms nobody.
    chat.sink->deliver(token_batch(6, {"c"}), {5}, true);
    chat.sink->finish();
    EXPECT_EQ(chat.sink->backlog_bytes(), 0u);
  }
}

TEST_F(ChatTest, AWriterThatComesLateToAClosedStreamIsTold) {
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->deliver(token_batch(4, {"a"}), {3}, true);
  client.read_head();
  client.close();
  EXPECT_EQ(chat.feedback->wait_closed(), "gone");
  auto late = std::make_shared<recorded_feedback>();
  chat.sink->attached(late);
  EXPECT_EQ(late->wait_closed(), "gone");
}

TEST_F(ChatTest, Promise7AClientThatDoesNotReadIsBoundedAndDropped) {
  options.write_timeout = milliseconds{300};
  options.socket_send_buffer_bytes = 16 * 1024;
  raw_client client{running().port(), 4096};
  auto chat = begin_chat(client);
  // A writer that keeps to the high-water mark.
  std::uint64_t version = 4;
  std::size_t most = 0;
  const std::vector<std::string> texts(50, std::string(64, 'x'));
  while (!chat.feedback->is_closed()) {
    most = std::max(most, chat.sink->backlog_bytes());
    if (chat.sink->backlog_bytes() > sink_high_water_bytes)
      continue;
    chat.sink->deliver(token_batch(version, texts), {version - 1}, true);
    version += texts.size();
  }
  EXPECT_EQ(chat.feedback->wait_closed(), "too_slow");
  EXPECT_GT(most, sink_high_water_bytes);
  EXPECT_LT(most, 4 * sink_high_water_bytes);
  EXPECT_LT(chat.feedback->last_sent().value, version);
  EXPECT_TRUE(all_gone());
}

TEST_F(ChatTest, AClientThatReadsAgainGetsEverythingOnce) {
  options.socket_send_buffer_bytes = 16 * 1024;
  raw_client client{running().port(), 4096};
  auto chat = begin_chat(client);
  std::uint64_t version = 4;
  std::string sent;
  while (chat.sink->backlog_bytes() <= sink_high_water_bytes) {
    std::vector<std::string> texts;
    for (int i = 0; i < 50; ++i)
      texts.push_back('<' + std::to_string(version + i) + '>');
    for (const auto& text : texts)
      sent += text;
    chat.sink->deliver(token_batch(version, texts), {version - 1}, true);
    version += texts.size();
  }
  client.read_head();
  std::string got;
  while (text_of(got).size() < sent.size())
    got += client.read_chunk();
  EXPECT_TRUE(chat.feedback->wait_drained());
  EXPECT_EQ(text_of(got), sent);
  // Caught up: as one event, if the writer says so.
  chat.sink->deliver(token_batch(version, {"x", "y"}), {version - 1}, false);
  chat.sink->finish();
  auto rest = client.read_until("[DONE]\n\n");
  EXPECT_NE(rest.find("{\"chunk\":\"xy\"}"), std::string::npos);
}

TEST_F(ChatTest, EachEventIsInOneChunk) {
  auto client = connect();
  auto chat = begin_chat(client);
  std::uint64_t version = 4;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> texts(1 + i % 7, std::string(1 + i % 300, 'y'));
    chat.sink->deliver(token_batch(version, texts), {version - 1}, true);
    version += texts.size();
  }
  chat.sink->finish();
  client.read_head();
  for (auto chunk = client.read_chunk(); !chunk.empty();
       chunk = client.read_chunk()) {
    EXPECT_TRUE(
        chunk.starts_with("id: ") || chunk.starts_with("retry: ")
        || chunk.starts_with("data: [DONE]"));
    EXPECT_TRUE(chunk.ends_with("\n\n"));
  }
}

TEST_F(ChatTest, StreamsAreCapped) {
  options.max_streams = 1;
  auto client = connect();
  auto chat = begin_chat(client);
  expect_problem(ask(chat_request_bytes()), 503, "OVERLOADED");
  expect_problem(
      get("/api/chat/sessions/" + session(1).to_string() + "/stream"), 503,
      "OVERLOADED");
  chat.sink->finish();
  client.read_response();
  auto second = connect();
  auto again = begin_chat(second);
  again.sink->finish();
  EXPECT_EQ(second.read_response().status, 200u);
}

TEST_F(ChatTest, ManyStreamsAtOnceKeepTheirTokensApart) {
  constexpr std::size_t count = 64;
  std::vector<std::unique_ptr<raw_client>> clients;
  std::vector<attachment> chats;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<raw_client>(running().port()));
    chats.push_back(begin_chat(*clients.back()));
  }
  for (std::uint64_t step = 0; step < 50; ++step)
    for (std::size_t i = 0; i < count; ++i)
      chats[i].sink->deliver(
          token_batch(4 + step, {'<' + std::to_string(i) + '>'}), {3 + step},
          true);
  for (std::size_t i = 0; i < count; ++i) {
    chats[i].sink->finish();
    std::string expected;
    for (int step = 0; step < 50; ++step)
      expected += '<' + std::to_string(i) + '>';
    EXPECT_EQ(text_of(clients[i]->read_response().body), expected);
  }
}

TEST_F(ChatTest, ResumingAsksForWhatFollows) {
  auto path = "/api/chat/sessions/" + session(5).to_string() + "/stream";
  auto client = connect();
  auto bytes = get_request(path + "?startingAfter=9", member_key);
  client.send(bytes);
  auto resumed = actors.attached(0);
  EXPECT_EQ(resumed.command.session, session(5));
  EXPECT_EQ(resumed.command.after, stream_version{9});
  EXPECT_TRUE(resumed.command.turn.is_nil());
  // The failure of an old turn is told as it was told then: in-band.
  resumed.sink->deliver(
      event_batch_of(10, failed(ec::upstream_failed, "no")), {9}, false);
  resumed.sink->finish();
  auto r = client.read_response();
  EXPECT_EQ(r.status, 200u);
  EXPECT_NE(r.body.find("UPSTREAM_FAILED"), std::string::npos);
  EXPECT_EQ(r.header("x-turn-id"), fake_controller::running_turn().to_string());

  // The header counts for more than the query.
  bytes.insert(bytes.find("\r\n") + 2, "Last-Event-ID: 12\r\n");
  client.send(bytes);
  resumed = actors.attached(1);
  EXPECT_EQ(resumed.command.after, stream_version{12});
  resumed.sink->finish();
  client.read_response();

  client.send(get_request(path + "?turn=" + turn(3).to_string(), member_key));
  resumed = actors.attached(2);
  EXPECT_EQ(resumed.command.after, std::nullopt);
  EXPECT_EQ(resumed.command.turn, turn(3));
  resumed.sink->finish();
  client.read_response();
}

TEST_F(ChatTest, ResumingWithNothingToSendIsNoContent) {
  actors.nothing_to_send = true;
  auto path = "/api/chat/sessions/" + session(5).to_string() + "/stream";
  auto r = get(path);
  EXPECT_EQ(r.status, 204u);
  EXPECT_EQ(r.headers.count("content-type"), 0u);
}

TEST_F(ChatTest, BadPlacesToResumeAreRefused) {
  auto path = "/api/chat/sessions/" + session(5).to_string() + "/stream";
  for (auto bad : {"?startingAfter=x", "?startingAfter=-1", "?turn=1"})
    expect_problem(get(path + bad), 400, "INVALID_REQUEST");
  expect_problem(get("/api/chat/sessions/nonsense/stream"), 404, "NOT_FOUND");
  actors.refuse_attach = make_error(ec::not_found, "There is no such session.");
  expect_problem(get(path), 404, "NOT_FOUND");
}

TEST_F(ChatTest, StoppingSaysWhatWasStopped) {
  auto path = "/api/chat/sessions/"
              + fake_controller::session_of_turns().to_string() + "/stop";
  auto turn_text = fake_controller::running_turn().to_string();
  auto r =
      ask("POST " + path + " HTTP/1.1\r\nHost: h\r\nx-api-key: "
          + std::string(member_key) + "\r\n\r\n");
  EXPECT_EQ(r.body, R"({"turnId":")" + turn_text + "\"}");
  r = send_json("POST", path, R"({"turnId":")" + turn_text + "\"}");
  EXPECT_EQ(r.body, R"({"turnId":")" + turn_text + "\"}");
  r = send_json("POST", path, R"({"turnId":")" + turn(1).to_string() + "\"}");
  EXPECT_EQ(r.body, R"({"turnId":null})");
  expect_problem(
      send_json("POST", path, R"({"turnId":7})"), 400, "INVALID_REQUEST");
  expect_problem(
      send_json(
          "POST", "/api/chat/sessions/" + session(1).to_string() + "/stop",
          "{}"),
      404, "NOT_FOUND");
}

TEST_F(ChatTest, AnIdempotencyKeyGoesWithTheHashOfTheBody) {
  std::size_t asked = 0;
  auto ask = [&](const std::string& header) {
    auto client = connect();
    auto bytes = chat_request_bytes();
    bytes.insert(bytes.find("\r\n") + 2, header);
    client.send(bytes);
    actors.attached(asked).sink->finish();
    client.read_response();
    return actors.turn_asked(asked++).key;
  };
  auto bare = ask("Idempotency-Key: abc-1\r\n");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->text, "abc-1");
  // The form of the draft: a structured string.
  auto quoted = ask("idempotency-key: \"abc-1\"\r\n");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->text, "abc-1");
  EXPECT_EQ(quoted->body_sha256, bare->body_sha256);
  EXPECT_NE(bare->body_sha256, decltype(bare->body_sha256){});
  EXPECT_FALSE(ask(""));
}

TEST_F(ChatTest, ABadIdempotencyKeyIsRefused) {
  for (const std::string& header :
       {"Idempotency-Key: " + std::string(256, 'k') + "\r\n",
        std::string("Idempotency-Key: \"\"\r\n"),
        std::string("Idempotency-Key: a\r\nIdempotency-Key: b\r\n")}) {
    auto client = connect();
    auto bytes = chat_request_bytes();
    bytes.insert(bytes.find("\r\n") + 2, header);
    client.send(bytes);
    EXPECT_EQ(client.read_response().status, 400u) << header;
  }
  EXPECT_EQ(actors.turns_asked(), 0u);
}

TEST_F(ChatTest, ABusySessionSaysWhenToComeBack) {
  auto busy = make_error(ec::turn_running, "busy");
  busy.details.emplace_back("turnId", "turn_x");
  actors.refuse_turn = busy;
  auto client = connect();
  client.send(chat_request_bytes());
  auto r = client.read_response();
  EXPECT_EQ(r.status, 409u);
  EXPECT_NE(r.header("retry-after"), "");
  EXPECT_NE(r.body.find("turn_x"), std::string::npos);
}

TEST_F(ChatTest, AKeyWithAnotherBodyIs422) {
  actors.refuse_turn = make_error(ec::idempotency_conflict, "other body");
  auto client = connect();
  client.send(chat_request_bytes());
  EXPECT_EQ(client.read_response().status, 422u);
}

TEST_F(ChatTest, AReplayedTurnSaysSo) {
  actors.replayed = true;
  auto client = connect();
  auto chat = begin_chat(client);
  chat.sink->deliver(token_batch(5, {"Hi"}), {3}, true);
  chat.sink->deliver(event_batch_of(6, completed()), {3}, true);
  chat.sink->finish();
  EXPECT_EQ(client.read_response().header("idempotent-replayed"), "true");
}

} // namespace
} // namespace hansard::test
