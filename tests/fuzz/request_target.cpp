#include "http/router.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hansard;

/// Input: the target of a request line, with its query string.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr route_info table[] = {
      {"GET", "/a/me", route_access::open, 0},
      {"GET", "/a/{x}", route_access::open, 0},
      {"POST", "/a/{x}/b/{y}", route_access::open, 0}};
  auto target = fuzz::input{data, size}.rest();
  for (auto method : {"GET", "POST", "DELETE"}) {
    auto match = find_route(table, method, target);
    if (!match)
      continue;
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
