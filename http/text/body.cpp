#include "http/text/body.hpp"

#include "events/text/suggestion.hpp"
#include "events/text/utf8.hpp"

namespace hansard {

namespace {

/// Of a name that is not known: the body may be all name.
constexpr std::size_t max_shown_name_bytes = 64;

} // namespace

error unknown_member(
    std::string_view inside, std::string_view name,
    std::span<const std::string_view> known) {
  auto hint = suggestion(name, known);
  return wrong_member(
      std::string(inside) + cut_utf8(name, max_shown_name_bytes),
      "is not known" + (hint.empty() ? "." : hint));
}

error missing_member(std::string_view inside, std::string_view name) {
  return wrong_member(std::string(inside) + std::string(name), "is missing.");
}

} // namespace hansard
