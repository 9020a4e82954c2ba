#include "tests/http/routes/access_table.hpp"

#include "tests/support/source_dir.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <fstream>

namespace hansard::test {

namespace {

std::string trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (true) {
    auto end = text.find(at);
    out.push_back(trimmed(text.substr(0, end)));
    if (end == text.npos)
      return out;
    text.remove_prefix(end + 1);
  }
}

bool holds(std::string_view condition, const situation& now) {
  if (condition == "missing")
    return now.missing;
  if (condition == "other")
    return now.other;
  if (condition == "deleted")
    return now.deleted;
  if (condition == "running")
    return now.running;
  if (condition == "no grant")
    return !now.granted;
  EXPECT_EQ(condition, "") << "is no condition";
  return condition.empty();
}

} // namespace

std::vector<access_row> access_table() {
  std::ifstream in(source_dir() + "/docs/access.md");
  std::vector<access_row> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| method | path | on |")) {
      inside = true;
      continue;
    }
    if (!line.starts_with("| "))
      inside = false;
    if (!inside || line.starts_with("| ---"))
      continue;
    auto cells = split(line, '|');
    if (cells.size() != 9) {
      ADD_FAILURE() << "not a row of the matrix: " << line;
      continue;
    }
    rows.push_back(
        {cells[1],
         cells[2],
         cells[3] == "session",
         {cells[4], cells[5], cells[6], cells[7]}});
  }
  return rows;
}

unsigned status_in(std::string_view cell, const situation& now) {
  for (const auto& item : split(cell, ',')) {
    auto space = item.rfind(' ');
    auto number = space == item.npos ? item : item.substr(space + 1);
    auto condition = space == item.npos ? std::string() : item.substr(0, space);
    unsigned status = 0;
    std::from_chars(number.data(), number.data() + number.size(), status);
    if (status == 0)
      break;
    if (holds(condition, now))
      return status;
  }
  ADD_FAILURE() << "no status in: " << cell;
  return 0;
}

} // namespace hansard::test
