#include "tests/support/source_dir.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace hansard {
namespace {

namespace fs = std::filesystem;

/// The repository's files, as paths from its root, without what is built.
std::vector<std::string> files() {
  const fs::path root(source_dir());
  std::vector<std::string> out;
  for (fs::recursive_directory_iterator at(root), end; at != end; ++at) {
    const auto path = at->path().lexically_relative(root).string();
    if (at->is_directory() && (path == "build" || path == ".git"))
      at.disable_recursion_pending();
    else if (at->is_regular_file())
      out.push_back(path);
  }
  return out;
}

std::string text_of(const std::string& path) {
  std::ifstream in(source_dir() + '/' + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> pages() {
  std::vector<std::string> out;
  for (const auto& file : files())
    if (file.ends_with(".md"))
      out.push_back(file);
  return out;
}

std::set<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end;
       at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

/// What a heading is called in a link: "…#rate-limit-headers".
std::set<std::string> anchors(const std::string& text) {
  std::set<std::string> out;
  for (const auto& heading : matches(text, R"(\n#+ ([^\n]*))")) {
    std::string anchor;
    for (unsigned char c : heading) {
      if (c == ' ')
        anchor += '-';
      else if (std::isalnum(c) || c == '-' || c == '_' || c >= 0x80)
        anchor += static_cast<char>(std::tolower(c));
    }
    out.insert(anchor);
  }
  return out;
}

TEST(PagesTest, EachLinkLeadsToAFileAndAHeading) {
  EXPECT_FALSE(pages().empty());
  for (const auto& page : pages())
    for (const auto& link : matches(text_of(page), R"(\]\(([^)\s]+)\))")) {
      if (link.starts_with("http"))
        continue;
      const auto hash = link.find('#');
      const auto target =
          hash == 0 ? page
                    : (fs::path(page).parent_path() / link.substr(0, hash))
                          .lexically_normal()
                          .string();
      EXPECT_TRUE(fs::exists(source_dir() + '/' + target))
          << link << " in " << page;
      if (hash != link.npos) {
        EXPECT_TRUE(anchors(text_of(target)).contains(link.substr(hash + 1)))
            << link << " in " << page;
      }
    }
}

TEST(PagesTest, EachSourceFileThatAPageNamesIsThere) {
  // By the end of its path: "session/session.hpp" is that of actors/, too.
  std::set<std::string> ends;
  for (auto file : files()) {
    ends.insert(file);
    for (auto slash = file.find('/'); slash != file.npos;
         slash = file.find('/')) {
      file.erase(0, slash + 1);
      ends.insert(file);
    }
  }
  for (const auto& page : pages())
    for (const auto& name :
         matches(text_of(page), R"(([\w./-]+\.(?:hpp|cpp|py|cmake))\b)"))
      EXPECT_TRUE(ends.contains(name)) << name << " in " << page;
}

} // namespace
} // namespace hansard
