#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
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

} // namespace
} // namespace hansard
