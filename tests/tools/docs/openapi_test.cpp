#include "http/message/problem.hpp"
#include "http/message/router.hpp"
#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

std::size_t indent_of(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// The lines inside of `parent`, a line of `lines` as it is written but for
/// what follows; empty: it is not there.
std::vector<std::string>
inside(const std::vector<std::string>& lines, const std::string& parent) {
  std::vector<std::string> found;
  auto at = lines.begin();
  while (at != lines.end() && !at->starts_with(parent))
    ++at;
  if (at == lines.end())
    return found;
  const auto outer = indent_of(*at);
  for (++at; at != lines.end(); ++at) {
    if (!at->empty() && indent_of(*at) <= outer)
      break;
    found.push_back(*at);
  }
  return found;
}

std::vector<std::string> openapi_lines() {
  std::ifstream in(source_dir() + "/docs/openapi.yaml");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

/// The lines of a schema of `components`.
std::vector<std::string> component(const std::string& name) {
  return inside(inside(openapi_lines(), "  schemas:"), "    " + name + ":");
}

/// The lines of the schema of a route's body.
std::vector<std::string> schema_of_body(const route_info& route) {
  std::string method(route.method);
  for (char& c : method)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto path = inside(openapi_lines(), "  " + std::string(route.path) + ":");
  auto body = inside(inside(path, "    " + method + ":"), "      requestBody:");
  const std::string ref = "#/components/schemas/";
  for (const auto& line : body) {
    auto at = line.find("schema:");
    if (at == std::string::npos)
      continue;
    if (auto name = line.find(ref); name != std::string::npos) {
      name += ref.size();
      return component(line.substr(name, line.find('"', name) - name));
    }
    return inside(body, line);
  }
  return {};
}

/// Its members, those that are required with a star: "did*".
std::set<std::string> members_in(const std::vector<std::string>& schema) {
  std::set<std::string> found;
  if (schema.empty())
    return found;
  const auto outer = indent_of(schema.front());
  const std::string at(outer, ' ');
  // ", did, name,": each name between commas.
  std::string required;
  for (const auto& line : schema)
    if (line.starts_with(at + "required: [") && line.ends_with(']')) {
      auto list = line.find('[') + 1;
      required = ", " + line.substr(list, line.size() - list - 1) + ',';
    }
  for (const auto& line : inside(schema, at + "properties:")) {
    if (indent_of(line) != outer + 2)
      continue;
    auto name = line.substr(outer + 2, line.find(':') - outer - 2);
    std::erase(name, '"');
    bool is_required = required.find(", " + name + ',') != std::string::npos;
    found.insert(name + (is_required ? "*" : ""));
  }
  return found;
}

TEST(OpenapiTest, EachBodyHasTheMembersThatTheServerReads) {
  std::size_t bodies = 0;
  for (const auto& route : routes()) {
    if (route.body.empty())
      continue;
    ++bodies;
    std::set<std::string> read;
    for (const auto& member : route.body)
      read.insert(std::string(member.name) + (member.required ? "*" : ""));
    EXPECT_THAT(members_in(schema_of_body(route)), testing::ContainerEq(read))
        << route.method << ' ' << route.path;
  }
  EXPECT_GE(bodies, 12u);
}

TEST(OpenapiTest, EveryCodeIsListedWithItsStatusAndMeaning) {
  auto lines = component("ErrorCode");
  std::vector<std::string> told;
  for (const auto& line : inside(lines, "      description:"))
    told.push_back(line.substr(indent_of(line)));
  std::vector<std::string> names;
  for (const auto& line : inside(lines, "      enum:"))
    names.push_back(line.substr(indent_of(line)));
  std::vector<std::string> expected;
  std::vector<std::string> expected_names;
  for (const auto& at : error_codes()) {
    expected.push_back(
        "- `" + at.name + "` (" + std::to_string(at.status)
        + "): " + std::string(at.meaning));
    expected_names.push_back("- " + at.name);
  }
  EXPECT_THAT(told, testing::ContainerEq(expected));
  EXPECT_THAT(names, testing::ContainerEq(expected_names));
}

TEST(OpenapiTest, EveryOperationHasTheErrorsThatAnyRouteAnswers) {
  auto lines = inside(openapi_lines(), "paths:");
  std::size_t operations = 0;
  std::size_t defaults = 0;
  for (const auto& line : lines) {
    operations += line == "      responses:";
    defaults +=
        line == R"(        default: {$ref: "#/components/responses/Error"})";
  }
  EXPECT_EQ(operations, routes().size());
  EXPECT_EQ(defaults, operations);
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
