#include "http/message/router.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hansard {
namespace {

route_match found(std::string_view method, std::string_view target) {
  auto match = find_route(method, target);
  if (!match) {
    ADD_FAILURE() << target;
    return {};
  }
  return *match;
}

std::string_view path_of(std::string_view method, std::string_view target) {
  auto match = found(method, target);
  return match.route ? routes()[*match.route].path : std::string_view{};
}

TEST(RouterTest, EveryRouteIsFoundByItsOwnTemplate) {
  for (const auto& at : routes()) {
    std::string target;
    for (auto c : at.path)
      if (c != '{' && c != '}')
        target += c;
    auto match = found(at.method, target);
    ASSERT_TRUE(match.route) << at.method << ' ' << target;
    EXPECT_EQ(&routes()[*match.route], &at);
    EXPECT_EQ(match.path_template, at.path);
  }
}

TEST(RouterTest, NoRouteIsThereTwice) {
  std::set<std::string> seen;
  for (const auto& at : routes())
    EXPECT_TRUE(seen.insert(std::string(at.method) + ' ' + std::string(at.path))
                    .second);
}

TEST(RouterTest, OnlyTheOperatorsRoutesAreOpen) {
  for (const auto& at : routes())
    EXPECT_EQ(at.access == route_access::open, !at.path.starts_with("/api"))
        << at.path;
}

TEST(RouterTest, SegmentsAreDecodedAfterTheyAreCut) {
  auto match = found("GET", "/api/agents/did%3Aweb:a%2Fb%20c");
  ASSERT_TRUE(match.route);
  EXPECT_EQ(match.path["did"], "did:web:a/b c");
}

TEST(RouterTest, QueriesAreDecoded) {
  auto match =
      found("GET", "/api/chat/sessions?agentDid=did%3Aa&limit=2&x&x=1");
  EXPECT_EQ(match.query["agentDid"], "did:a");
  EXPECT_EQ(match.query["limit"], "2");
  EXPECT_EQ(match.query["x"], "");
}

TEST(RouterTest, OtherPathsHaveNoRoute) {
  for (auto target :
       {"/api", "/api/", "/api/chat/", "//api/chat", "/API/chat",
        "/api/chat/../agents", "/api/agents//grants", "/api/agents/",
        "/healthz/", "/api%2Fchat"})
    EXPECT_EQ(found("GET", target).allow, "") << target;
}

TEST(RouterTest, AWrongMethodIsToldTheRightOnes) {
  auto match = found("PUT", "/api/chat/sessions/x");
  EXPECT_FALSE(match.route);
  EXPECT_EQ(match.allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
  EXPECT_FALSE(found("get", "/healthz").route);
}

TEST(RouterTest, HeadIsGetUnlessThatStreams) {
  EXPECT_EQ(path_of("HEAD", "/healthz"), "/healthz");
  EXPECT_EQ(path_of("HEAD", "/api/chat/sessions/x/stream"), "");
  EXPECT_EQ(path_of("HEAD", "/api/chat"), "");
}

TEST(RouterTest, TheAbsoluteFormIsUnderstood) {
  EXPECT_EQ(path_of("GET", "http://example.com/healthz?x=1"), "/healthz");
}

TEST(RouterTest, WhatIsNoTargetIsRefused) {
  for (auto target : {"", "*", "healthz", "/a b", "/%zz", "/%", "/a?%g0"})
    EXPECT_FALSE(find_route("GET", target)) << target;
}

} // namespace
} // namespace hansard
