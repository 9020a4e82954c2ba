#pragma once

#include "http/server.hpp"
#include "http/wire/io_pool.hpp"
#include "tests/http/harness/fake_controller.hpp"
#include "tests/http/harness/raw_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace hansard::test {

/// A server on a free port over a fake controller, with an admin and a member.
class ServerTest : public ::testing::Test {
protected:
  static constexpr std::string_view admin_key = "admin-key-0123456789abcdef";
  static constexpr std::string_view member_key = "member-key-0123456789abcd";
  static constexpr std::string_view agent = "did:agent:1";

  ServerTest();
  ~ServerTest() override;

  /// Options to change before the first use of the server.
  server_options options;
  fake_controller actors;

  server& running();
  raw_client connect() { return raw_client{running().port()}; }
  /// One request on a connection of its own.
  raw_response ask(std::string_view request);
  raw_response get(std::string_view path, std::string_view key = admin_key);
  raw_response send_json(
      std::string_view method, std::string_view path, std::string_view body,
      std::string_view key = admin_key);

  /// POST /api/chat with one user message.
  static std::string chat_body();
  static std::string chat_request_bytes(std::string_view key = member_key);

  /// Waits until the server has no connection left.
  bool all_gone();

private:
  std::unique_ptr<io_pool> pool_;
  std::unique_ptr<server> server_;
};

/// Checks the one error format; returns the body's `error`.
std::string
expect_problem(const raw_response& r, unsigned status, std::string_view code);

} // namespace hansard::test
