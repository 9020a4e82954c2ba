#include "http/message/router.hpp"
#include "tools/hansard/admin/answer.hpp"
#include "tools/hansard/admin/call.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace hansard {
namespace {

const text_source no_files = [](const std::string&) -> result<std::string> {
  return make_error(ec::invalid_request, "no such file");
};

const text_source some_file = [](const std::string&) -> result<std::string> {
  return std::string("x\n");
};

const admin_verb& verb_of(std::string_view noun, std::string_view verb) {
  const auto& all = admin_verbs();
  return *std::find_if(all.begin(), all.end(), [&](const admin_verb& one) {
    return one.noun == noun && one.verb == verb;
  });
}

result<admin_call> call(
    std::string_view noun, std::string_view verb, const admin_values& values,
    const std::string& file = {}, const text_source& read = no_files) {
  return call_of(verb_of(noun, verb), values, file, read);
}

/// Something for each parameter that has to be there.
admin_values least_values(const admin_verb& verb) {
  admin_values values;
  std::set<std::string_view> chosen;
  for (const auto& parameter : verb.parameters)
    if (!parameter.flag.starts_with("--")
        || (!parameter.one_of.empty()
            && chosen.insert(parameter.one_of).second))
      values[std::string(parameter.flag)] = {"x"};
  return values;
}

TEST(AdminCallTest, EachCommandLeadsToARouteOfTheServer) {
  for (const auto& verb : admin_verbs()) {
    SCOPED_TRACE(std::string(verb.noun) + ' ' + std::string(verb.verb));
    auto made = call_of(verb, least_values(verb), "", some_file);
    ASSERT_TRUE(made) << made.error().message;
    const auto found = find_route(made->method, made->target);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->route) << made->method << ' ' << made->target;
    EXPECT_EQ(made->target.find('{'), std::string::npos);
  }
}

TEST(AdminCallTest, EachCommandSendsMembersThatItsRouteKnows) {
  for (const auto& verb : admin_verbs()) {
    auto made = call_of(verb, least_values(verb), "", some_file);
    ASSERT_TRUE(made) << made.error().message;
    const auto found = find_route(made->method, made->target);
    ASSERT_TRUE(found && found->route);
    const auto known = routes()[*found->route].body;
    for (const auto& parameter : verb.parameters) {
      if (known.empty() || parameter.place != admin_place::body)
        continue;
      const auto name = parameter.member.substr(0, parameter.member.find('.'));
      EXPECT_TRUE(std::any_of(
          known.begin(), known.end(),
          [name](const auto& member) { return member.name == name; }))
          << verb.noun << ' ' << verb.verb << ' ' << parameter.flag;
    }
  }
}

TEST(AdminCallTest, NoFlagOfACommandIsThereTwice) {
  for (const auto& verb : admin_verbs()) {
    std::set<std::string_view> flags{"--file",    "--limit",  "--server",
                                     "--json",    "--quiet",  "--key-file",
                                     "--ca-file", "--timeout"};
    for (const auto& parameter : verb.parameters)
      EXPECT_TRUE(flags.insert(parameter.flag).second)
          << verb.noun << ' ' << verb.verb << ' ' << parameter.flag;
  }
}

TEST(AdminCallTest, WhatGoesIntoAPathIsOneSegmentOfIt) {
  EXPECT_EQ(
      call("users", "update", {{"DID", {"did:a/../b?c#d %"}}})->target,
      "/api/users/did%3Aa%2F..%2Fb%3Fc%23d%20%25");
  EXPECT_EQ(
      call("grants", "revoke", {{"--group", {"a b"}}, {"GRANT", {"g"}}})
          ->target,
      "/api/groups/a%20b/grants/g");
  EXPECT_FALSE(call("users", "update", {{"DID", {""}}}));
}

TEST(AdminCallTest, QueriesAreEncoded) {
  EXPECT_EQ(
      call("policies", "list", {{"--query", {"a&b=c"}}, {"--at", {"1+1"}}})
          ->target,
      "/api/policies?q=a%26b%3Dc&at=1%2B1");
}

TEST(AdminCallTest, FlagsWinOverTheMembersOfTheFile) {
  const auto file = [](const std::string&) -> result<std::string> {
    return std::string(R"({"scope":"user","maxTurnSeconds":1,"x":[1]})");
  };
  const auto made = call(
      "policies", "set",
      {{"--max-turn-seconds", {"7"}},
       {"--active-day", {"mon", "tue"}},
       {"--active-from", {"08:00"}}},
      "f", file);
  ASSERT_TRUE(made);
  EXPECT_EQ(
      *json_of(made->body),
      *json_of(R"({"scope":"user","maxTurnSeconds":7,"x":[1],
                   "activeHours":{"days":["mon","tue"],"from":"08:00"}})"));
}

TEST(AdminCallTest, WhatIsWrongNamesTheParameter) {
  const auto why = [](const result<admin_call>& made) {
    EXPECT_FALSE(made);
    EXPECT_EQ(made.error().code, ec::invalid_request);
    return made.error().message;
  };
  using testing::HasSubstr;
  EXPECT_THAT(why(call("users", "create", {})), HasSubstr("DID"));
  EXPECT_THAT(why(call("grants", "list", {})), HasSubstr("--user or --group"));
  EXPECT_THAT(
      why(call("grants", "list", {{"--user", {"a"}}, {"--group", {"b"}}})),
      HasSubstr("--user or --group"));
  EXPECT_THAT(
      why(call("policies", "set", {{"--max-turn-seconds", {"7x"}}})),
      HasSubstr("--max-turn-seconds"));
  EXPECT_THAT(
      why(call("policies", "set", {{"--max-turn-seconds", {"-1"}}})),
      HasSubstr("--max-turn-seconds"));
  EXPECT_THAT(
      why(call("users", "update", {{"DID", {"a"}}, {"--active", {"no"}}})),
      HasSubstr("--active"));
  EXPECT_THAT(
      why(call("agents", "create", {{"DID", {"a"}}, {"--parameters", {"{"}}})),
      HasSubstr("--parameters"));
  EXPECT_THAT(
      why(call("agents", "create", {{"DID", {"a"}}}, "f")),
      HasSubstr("--file"));
}

/// A list of three pages, the second of them empty.
struct pages {
  std::vector<std::string> asked;
  std::vector<std::string> answers{
      R"({"at":"1","users":[{"a":1.50},2],"nextCursor":"x y"})",
      R"({"users":[],"nextCursor":"z"})",
      R"({"at":"3","users":[ "\u0041" ],"nextCursor":null})"};

  result<std::string> read(std::size_t limit, admin_pages form = {"users"}) {
    return all_pages(
        form, {"GET", "/api/users?q=a"}, limit,
        [this](const admin_call& one) -> result<admin_answer> {
          asked.push_back(one.target);
          const auto i = std::min(asked.size(), answers.size()) - 1;
          return admin_answer{200, answers[i], {}};
        });
  }
};

TEST(AdminPagesTest, PagesAreJoinedAndElementsKeepTheirBytes) {
  pages list;
  EXPECT_EQ(
      *list.read(0),
      R"({"users":[{"a":1.50},2,"\u0041"],"at":"3","nextCursor":null})");
  EXPECT_THAT(
      list.asked,
      testing::ElementsAre(
          "/api/users?q=a&limit=200", "/api/users?q=a&limit=200&cursor=x%20y",
          "/api/users?q=a&limit=200&cursor=z"));
}

TEST(AdminPagesTest, ALimitEndsThePages) {
  pages list;
  ASSERT_TRUE(list.read(2));
  EXPECT_THAT(list.asked, testing::ElementsAre("/api/users?q=a&limit=2"));
}

TEST(AdminPagesTest, PagesByIndexGoOnToo) {
  pages list;
  list.answers = {
      R"({"messages":[1],"nextFrom":1})", R"({"messages":[2],"branches":[]})"};
  EXPECT_EQ(
      *list.read(0, {"messages", "nextFrom", "from", 10}),
      R"({"messages":[1,2],"branches":[]})");
  EXPECT_EQ(list.asked[1], "/api/users?q=a&limit=10&from=1");
}

TEST(AdminPagesTest, AllPagesAreAboutTheInstantOfTheFirst) {
  pages list;
  ASSERT_TRUE(list.read(0, {"users", "nextCursor", "cursor", 2, "at"}));
  EXPECT_THAT(
      list.asked,
      testing::ElementsAre(
          "/api/users?q=a&limit=2", "/api/users?q=a&at=1&limit=2&cursor=x%20y",
          "/api/users?q=a&at=1&limit=2&cursor=z"));
}

TEST(AdminPagesTest, AServerThatGoesInCirclesOrSaysNonsenseIsRefused) {
  for (const auto* answer :
       {R"({"users":[1],"nextCursor":"again"})", R"({"users":{}})", "[]",
        R"({"nextCursor":null})", "7"}) {
    pages list;
    list.answers = {answer};
    auto read = list.read(0);
    ASSERT_FALSE(read) << answer;
    EXPECT_EQ(read.error().code, ec::upstream_failed);
    EXPECT_LE(list.asked.size(), 2u);
  }
}

TEST(AdminPagesTest, PagesWithoutAnEndAreLeft) {
  std::size_t asked = 0;
  auto read = all_pages(
      {"users"}, {"GET", "/api/users"}, 0,
      [&asked](const admin_call&) -> result<admin_answer> {
        return admin_answer{
            200,
            R"({"users":[],"nextCursor":")" + std::to_string(++asked) + "\"}",
            {}};
      });
  ASSERT_FALSE(read);
  EXPECT_EQ(asked, max_pages);
}

} // namespace
} // namespace hansard
