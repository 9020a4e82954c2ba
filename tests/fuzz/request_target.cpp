#include "http/wire/request_target.hpp"

#include "http/message/router.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace hansard;

namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

} // namespace

/// Input: the target of a request line, with its query string.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr route_info table[] = {
      {"GET", "/a/me", route_access::open, 0},
      {"GET", "/a/{x}", route_access::open, 0},
      {"POST", "/a/{x}/b/{y}", route_access::open, 0}};
  const router all{table};
  auto target = fuzz::input{data, size}.rest();
  bool good = !complaint_about_target(target, "h");
  complaint_about_target("/a", target);
  for (auto method : {"GET", "POST", "DELETE"}) {
    auto match = all.find(method, target);
    fuzz::require(match || !good, "what is let in can be taken apart");
    if (!match)
      continue;
    for (const auto& [name, value] : match->path)
      fuzz::require(
          !good || std::none_of(value.begin(), value.end(), is_control),
          "no id holds a control character");
    fuzz::require(
        !match->route || *match->route < 3, "a route is one of the table");
    fuzz::require(
        !match->route || table[*match->route].method == method,
        "it is of the method");
    fuzz::require(
        match->allow.empty() == match->path_template.empty(),
        "a path that is there allows something");
    for (const auto& [name, value] : match->query)
      fuzz::require(
          name.size() + value.size() <= target.size(),
          "decoding makes nothing longer");
  }
  return 0;
}
