#include "http/message/router.hpp"
#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <string>

namespace hansard {
namespace {

/// "GET /api/agents" for each operation of docs/openapi.yaml. Reads what that
/// file has: paths at two spaces, methods at four.
std::set<std::string> documented() {
  const std::set<std::string> methods{"get",    "post", "put",    "patch",
                                      "delete", "head", "options"};
  std::set<std::string> found;
  std::ifstream in(source_dir() + "/docs/openapi.yaml");
  bool in_paths = false;
  std::string path;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != ' ' && line[0] != '#')
      in_paths = line == "paths:";
    if (!in_paths || !line.ends_with(':'))
      continue;
    const auto indent = line.find_first_not_of(' ');
    auto name = line.substr(indent, line.size() - indent - 1);
    if (indent == 2)
      path = name;
    if (indent != 4 || !methods.contains(name))
      continue;
    for (char& c : name)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    found.insert(name + ' ' + path);
  }
  return found;
}

std::set<std::string> served() {
  std::set<std::string> found;
  for (const auto& route : routes())
    found.insert(std::string(route.method) + ' ' + std::string(route.path));
  return found;
}

TEST(OpenapiTest, EveryRouteIsDocumentedAndEveryDocumentedOneServed) {
  EXPECT_FALSE(served().empty());
  EXPECT_THAT(documented(), testing::ContainerEq(served()));
}

TEST(OpenapiTest, OpenRoutesAloneAreDocumentedWithoutAKey) {
  std::ifstream in(source_dir() + "/docs/openapi.yaml");
  std::set<std::string> keyless;
  std::string path;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  /"))
      path = line.substr(2, line.size() - 3);
    if (line == "      security: []")
      keyless.insert(path);
  }
  std::set<std::string> open;
  for (const auto& route : routes())
    if (route.access == route_access::open)
      open.insert(std::string(route.path));
  EXPECT_THAT(keyless, testing::ContainerEq(open));
}

} // namespace
} // namespace hansard
