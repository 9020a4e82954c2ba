#include "events/ids.hpp"
#include "events/message.hpp"
#include "events/time.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <cctype>

using namespace hansard;

namespace {

void check_id(std::string_view text) {
  auto id = from_base32(text);
  if (!id)
    return;
  std::string upper{text};
  for (auto& c : upper)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  fuzz::require(to_base32(*id) == upper, "an id has one text");
}

void check_time(std::string_view text) {
  auto at = from_iso8601(text);
  if (!at)
    return;
  auto written = to_iso8601(*at);
  fuzz::require(written.size() == 24, "a time has 24 characters");
  auto again = from_iso8601(written);
  fuzz::require(again.has_value(), "a written time is read");
  // An offset can lead out of the four-digit years, where times are clamped.
  bool clamped = text.starts_with("0000") || text.starts_with("9999");
  fuzz::require(
      clamped || *again == std::chrono::floor<std::chrono::milliseconds>(*at),
      "a time survives to the millisecond");
}

} // namespace

/// Input: a text that claims to be an id, a time or a role.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::input{data, size}.rest();
  check_id(text);
  check_time(text);
  if (auto id = session_id::parse(text))
    fuzz::require(session_id::parse(id->to_string()) == id, "an id is read");
  if (auto who = role_from(text))
    fuzz::require(to_string(*who) == text, "a role has one name");
  return 0;
}
