#include "http/message/router.hpp"
#include "tests/http/harness/real_server.hpp"
#include "tests/http/routes/access_table.hpp"
#include "tests/support/source_dir.hpp"

#include <fstream>
#include <map>
#include <sstream>

namespace hansard::test {
namespace {

using route_name = std::pair<std::string, std::string>;

/// The table of scopes in docs/access.md.
std::map<route_name, scope_set> scope_table() {
  std::ifstream in(source_dir() + "/docs/access.md");
  std::map<route_name, scope_set> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| route's method |")) {
      inside = true;
      continue;
    }
    inside = inside && line.starts_with("| ");
    if (!inside || line.starts_with("| ---"))
      continue;
    std::istringstream words(line);
    std::string bar, method, path, word;
    words >> bar >> method >> bar >> path >> bar;
    scope_set scopes = 0;
    while (words >> word && word != "|") {
      if (word.ends_with(','))
        word.pop_back();
      EXPECT_TRUE(word == "-" || scope_named(word) != 0) << line;
      scopes = static_cast<scope_set>(scopes | scope_named(word));
    }
    EXPECT_TRUE(out.emplace(route_name{method, path}, scopes).second) << line;
  }
  return out;
}

/// The column of the matrix that holds for a role in a key's hands, as the docs
/// say it.
std::size_t column_of(user_role role, scope_set scopes) {
  constexpr std::size_t member = 1, auditor = 2, admin = 3;
  if (role == user_role::auditor)
    return auditor;
  if (role == user_role::member)
    return member;
  if (holds(scopes, scope::admin))
    return admin;
  return holds(scopes, scope::audit) && !holds(scopes, scope::chat) ? auditor
                                                                    : member;
}

class Promise6ScopesTest : public ::testing::Test {
protected:
  Promise6ScopesTest() {
    server_.start();
    for (auto role :
         {user_role::member, user_role::auditor, user_role::admin}) {
      auto user = user_of(role);
      server_.add_user(user, "key-of-role-000000000" + user, role);
      server_.grant(user);
    }
  }

  static std::string user_of(user_role role) {
    return "did:user:" + std::to_string(static_cast<int>(role));
  }

  std::string key_with(user_role role, scope_set scopes) {
    key_wish wish;
    wish.user = user_of(role);
    wish.scopes = scopes;
    return server_
        .done<issued_key>(
            [&](auto answer) { server_.actors().issue_key({}, wish, answer); })
        .text;
  }

  /// Of things that are not there, with a body that no route accepts, so that
  /// nothing is changed by what is let in.
  static std::string
  request_for(const route_name& route, std::string_view key) {
    auto path = route.second;
    for (auto at = path.find('{'); at != path.npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "nothing");
    return route.first == "GET" ? get_request(path, key)
                                : json_request(route.first, path, "[]", key);
  }

  real_server server_;
};

TEST_F(Promise6ScopesTest, TheDocsSayOfEachRouteWhichScopesOpenIt) {
  std::map<route_name, scope_set> served;
  for (const auto& route : routes())
    served.emplace(
        route_name{route.method, route.path},
        route.access == route_access::open ? scope_set{0} : route.scopes);
  EXPECT_EQ(scope_table(), served);
}

TEST_F(Promise6ScopesTest, EachSetOfScopesOpensWhatTheDocsSayAndNothingElse) {
  const auto scopes_of = scope_table();
  std::map<route_name, std::vector<std::string>> cells;
  for (const auto& row : access_table())
    cells.emplace(route_name{row.method, row.path}, row.cells);
  std::size_t asked = 0, let_in = 0;
  for (auto role : {user_role::member, user_role::auditor, user_role::admin})
    for (scope_set scopes = 1; scopes <= all_scopes; ++scopes) {
      auto key = key_with(role, scopes);
      auto column = column_of(role, scopes);
      for (const auto& [route, needed] : scopes_of) {
        bool open = needed == 0 || (needed & scopes) != 0;
        // An auditor reads what is others': a key that is not for that is for
        // nothing.
        if (column == 2 && needed != 0 && !holds(scopes, scope::audit))
          open = false;
        if (cells.at(route)[column] == "403")
          open = false;
        auto status = server_.ask(request_for(route, key)).status;
        EXPECT_EQ(status != 403, open)
            << route.first << ' ' << route.second << " by role "
            << static_cast<int>(role) << " with scopes " << int(scopes) << ": "
            << status;
        EXPECT_NE(status, 401u);
        ++asked;
        let_in += open;
      }
    }
  EXPECT_EQ(asked, 3 * 15 * scopes_of.size());
  EXPECT_GT(let_in, 200u);
}

} // namespace
} // namespace hansard::test
