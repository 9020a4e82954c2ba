#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace hansard {
namespace {

/// Each room of a folder, and the rooms that it uses.
using room_uses = std::map<std::string, std::set<std::string>>;

std::string text_of(const std::string& path) {
  std::ifstream in(source_dir() + '/' + path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool is_keyword(const std::string& word) {
  for (unsigned char c : word)
    if (!std::isupper(c))
      return false;
  return true;
}

/// hansard_room(<name> … USES <room> … …) of a folder's CMakeLists.txt.
room_uses built(const std::string& folder) {
  const auto text = text_of(folder + "/CMakeLists.txt");
  const std::regex call(R"(hansard_room\(\s*([^()]*)\))");
  room_uses out;
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end;
       ++at) {
    std::istringstream words((*at)[1]);
    std::string room;
    words >> room;
    auto& uses = out[room];
    bool in_uses = false;
    for (std::string word; words >> word;) {
      if (is_keyword(word))
        in_uses = word == "USES";
      else if (in_uses)
        uses.insert(word);
    }
  }
  return out;
}

/// The rows `| `room/` | `used`, `used` | …` of a folder's README.
room_uses described(const std::string& folder) {
  std::istringstream lines(text_of(folder + "/README.md"));
  const std::regex row(R"(\| `([\w/]+)/` \| ([^|]*) \|.*)");
  const std::regex name(R"(`([\w/]+)`)");
  room_uses out;
  std::smatch found;
  bool in_rooms = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## "))
      in_rooms = line == "## Rooms";
    if (!in_rooms || !std::regex_match(line, found, row))
      continue;
    const std::string room = found[1];
    const std::string uses = found[2];
    EXPECT_FALSE(out.contains(room)) << room << " has two rows";
    auto& names = out[room];
    for (std::sregex_iterator at(uses.begin(), uses.end(), name), end;
         at != end; ++at)
      names.insert((*at)[1]);
  }
  return out;
}

class RoomsTest : public testing::TestWithParam<const char*> {};

TEST_P(RoomsTest, TheReadmeHasEachRoomWithWhatItUses) {
  const auto rooms = built(GetParam());
  EXPECT_FALSE(rooms.empty());
  EXPECT_THAT(described(GetParam()), testing::ContainerEq(rooms));
}

/// The last cell of a folder's row in the README of the repository.
std::set<std::string> named_in_layout(const std::string& folder) {
  std::istringstream lines(text_of("README.md"));
  const auto row = "| [`" + folder + "/`](";
  std::set<std::string> out;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(row) || !line.ends_with(" |"))
      continue;
    line.resize(line.size() - 2);
    std::istringstream names(line.substr(line.rfind('|') + 1));
    for (std::string name; names >> name;) {
      if (name.ends_with(','))
        name.pop_back();
      out.insert(name);
    }
  }
  return out;
}

TEST_P(RoomsTest, TheLayoutOfTheRepositoryNamesTheRoomsOfAFolder) {
  std::set<std::string> rooms;
  for (const auto& [room, uses] : built(GetParam()))
    rooms.insert(room.substr(0, room.find('/')));
  EXPECT_THAT(named_in_layout(GetParam()), testing::ContainerEq(rooms));
}

INSTANTIATE_TEST_SUITE_P(
    Folders, RoomsTest,
    testing::Values(
        "events", "storage", "projections", "actors", "http", "tools/hansard"));

} // namespace
} // namespace hansard
