#include "tests/http/harness/server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>

namespace hansard::test {

ServerTest::ServerTest() {
  spdlog::set_level(spdlog::level::off);
  options.port = 0;
  // A test that is slow to speak is not a slow model.
  options.head_wait = std::chrono::seconds{20};
  actors.add_user("did:user:admin", std::string(admin_key), user_role::admin);
  actors.add_user("did:user:1", std::string(member_key));
  actors.add_grant("did:user:1", std::string(agent));
}

ServerTest::~ServerTest() {
  server_.reset();
  pool_.reset();
}

server& ServerTest::running() {
  if (!server_) {
    pool_ = std::make_unique<io_pool>(2);
    auto started = server::start(
        options, *pool_, actors, std::make_shared<prometheus::Registry>());
    if (!started)
      throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }
  return *server_;
}

raw_response ServerTest::ask(std::string_view request) {
  auto client = connect();
  client.send(request);
  return client.read_response();
}

raw_response ServerTest::get(std::string_view path, std::string_view key) {
  return ask(get_request(path, key));
}

raw_response ServerTest::send_json(
    std::string_view method, std::string_view path, std::string_view body,
    std::string_view key) {
  return ask(json_request(method, path, body, key));
}

std::string ServerTest::chat_body() {
  return R"({"agentDid":"did:agent:1","messages":[{"role":"user",)"
         R"("content":"hello"}]})";
}

std::string ServerTest::chat_request_bytes(std::string_view key) {
  return json_request("POST", "/api/chat", chat_body(), key);
}

bool ServerTest::all_gone() {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (running().open_connections() > 0) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::yield();
  }
  return true;
}

std::string
expect_problem(const raw_response& r, unsigned status, std::string_view code) {
  EXPECT_EQ(r.status, status) << r.body;
  EXPECT_EQ(r.header("content-type"), "application/json");
  boost::system::error_code failed;
  auto value = boost::json::parse(r.body, failed);
  if (failed || !value.is_object()) {
    ADD_FAILURE() << "not a JSON object: " << r.body;
    return {};
  }
  const auto& body = value.get_object();
  auto text = [&](const char* name) -> std::string {
    auto* at = body.if_contains(name);
    if (!at || !at->is_string()) {
      ADD_FAILURE() << name << " is not a string in " << r.body;
      return {};
    }
    return std::string(at->get_string());
  };
  EXPECT_EQ(text("code"), code) << r.body;
  EXPECT_EQ(body.at("statusCode").to_number<unsigned>(), status);
  EXPECT_TRUE(body.at("details").is_object());
  EXPECT_EQ(text("requestId"), r.header("x-request-id"));
  EXPECT_TRUE(from_iso8601(text("timestamp"))) << r.body;
  EXPECT_EQ(body.size(), 6u) << r.body;
  return text("error");
}

} // namespace hansard::test
