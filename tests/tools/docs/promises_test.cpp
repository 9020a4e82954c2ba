#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace hansard {
namespace {

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string>
words(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end;
       at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

TEST(PromisesTest, ThePageNamesTheSuitesThatThereAre) {
  const std::filesystem::path root(source_dir());
  // Of a test's own name, when that is where the promise stands, too.
  const std::regex in_code(R"(TEST(?:_F|_P)?\(\s*(?:\w+,\s*)?(Promise\d\w+))");
  std::set<std::string> suites;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root / "tests"))
    if (entry.path().extension() == ".cpp")
      suites.merge(words(text_of_file(entry.path()), in_code));
  const auto named = words(
      text_of_file(root / "docs" / "promises.md"),
      std::regex(R"((Promise\d[A-Z]\w+))"));
  EXPECT_FALSE(suites.empty());
  EXPECT_THAT(named, testing::ContainerEq(suites));
}

/// "e2e.Promise4.Promise7.readers" for hansard_e2e_test(readers 300 Promise4
/// Promise7).
std::set<std::string> e2e_tests() {
  const auto text = text_of_file(
      std::filesystem::path(source_dir()) / "tests/e2e/CMakeLists.txt");
  const std::regex call(R"(\nhansard_e2e_test\(([^)]*)\))");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end;
       ++at) {
    std::istringstream in((*at)[1]);
    std::string file;
    std::string timeout;
    in >> file >> timeout;
    std::string name = "e2e.";
    for (std::string promise; in >> promise;)
      name += promise + '.';
    found.insert(name + file);
  }
  return found;
}

/// Also with the dots of what is left out, so that none is.
const std::regex e2e_name(R"((e2e\.[^\s`]*))");

TEST(PromisesTest, ThePageNamesTheEndToEndTestsOfPromises) {
  std::set<std::string> of_promises;
  for (const auto& name : e2e_tests())
    if (name.starts_with("e2e.Promise"))
      of_promises.insert(name);
  EXPECT_FALSE(of_promises.empty());
  EXPECT_THAT(
      words(
          text_of_file(
              std::filesystem::path(source_dir()) / "docs/promises.md"),
          e2e_name),
      testing::ContainerEq(of_promises));
}

TEST(PromisesTest, EachPageNamesEndToEndTestsThatThereAre) {
  const auto tests = e2e_tests();
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(source_dir()) / "docs"))
    for (const auto& name : words(text_of_file(entry.path()), e2e_name))
      EXPECT_TRUE(tests.contains(name)) << name << " in " << entry.path();
}

} // namespace
} // namespace hansard
