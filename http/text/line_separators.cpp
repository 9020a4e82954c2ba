#include "http/text/line_separators.hpp"

#include <array>
#include <string_view>

namespace hansard {

namespace {

struct separator {
  std::string_view utf8;
  std::string_view escape;
};

constexpr std::array separators{
    separator{"\xE2\x80\xA8", "\\u2028"},
    separator{"\xE2\x80\xA9", "\\u2029"},
    separator{"\xC2\x85", "\\u0085"},
};

} // namespace

void escape_line_separators(std::string& json, std::size_t from) {
  for (const auto& [utf8, escape] : separators)
    for (auto at = json.find(utf8, from); at != std::string::npos;
         at = json.find(utf8, at + escape.size()))
      json.replace(at, utf8.size(), escape);
}

} // namespace hansard
