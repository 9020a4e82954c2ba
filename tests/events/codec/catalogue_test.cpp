#include "events/event.hpp"
#include "tests/support/source_dir.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hansard {
namespace {

/// A line of the catalogue, as far as the types themselves tell it.
std::string
line_of(std::uint16_t type, std::uint16_t schema, std::string_view name) {
  std::ostringstream out;
  out << "| " << type << " | " << schema << " | `" << name << "` |";
  return out.str();
}

template <std::size_t... Kind>
std::set<std::string> lines_of_types(std::index_sequence<Kind...>) {
  return {line_of(
      std::variant_alternative_t<Kind + 1, event>::type,
      std::variant_alternative_t<Kind + 1, event>::schema,
      std::variant_alternative_t<Kind + 1, event>::name)...};
}

/// The beginnings of the lines of the README's table, in its order.
std::vector<std::string> lines_of_readme() {
  std::ifstream file{source_dir() + "/events/README.md"};
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    auto end = std::size_t{0};
    for (int cell = 0; cell < 4 && end != line.npos; ++cell)
      end = line.find('|', end + (cell > 0));
    // The rows of other tables begin with no number.
    if (line.starts_with("| ") && line.size() > 2
        && std::isdigit(static_cast<unsigned char>(line[2]))
        && end != line.npos)
      out.push_back(line.substr(0, end + 1));
  }
  return out;
}

int number_of(std::string_view line) {
  int number = 0;
  std::from_chars(line.data() + 2, line.data() + line.size(), number);
  return number;
}

TEST(CatalogueTest, TheReadmeListsEveryTypeWithItsNumberSchemaAndName) {
  // The first alternative is unknown_event, which is never written.
  auto types = lines_of_types(
      std::make_index_sequence<std::variant_size_v<event> - 1>{});
  auto listed = lines_of_readme();
  std::set<std::string> lines{listed.begin(), listed.end()};
  EXPECT_EQ(listed.size(), types.size());
  for (const auto& line : types)
    EXPECT_TRUE(lines.contains(line)) << "events/README.md lacks: " << line;
  for (const auto& line : lines)
    EXPECT_TRUE(types.contains(line)) << "there is no such type: " << line;
}

TEST(CatalogueTest, TheReadmeIsInTheOrderOfTheNumbers) {
  int last = 0;
  for (const auto& line : lines_of_readme()) {
    EXPECT_LT(last, number_of(line)) << line;
    last = number_of(line);
  }
}

} // namespace
} // namespace hansard
