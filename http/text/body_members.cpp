#include "http/text/body_members.hpp"

#include "http/text/text.hpp"

#include <chrono>

namespace hansard {

using kind = json_view::kind;

error wrong_member(std::string_view member, std::string_view what) {
  return make_error(
      ec::invalid_request, std::string(member) + ": " + std::string(what));
}

result<void>
read_text(json_view value, std::string_view member, std::string& out) {
  if (!value.is(kind::string))
    return wrong_member(member, "must be a string.");
  out = value.string();
  return {};
}

result<void> read_printable(
    json_view value, std::string_view member, std::size_t least,
    std::size_t most, std::string& out) {
  if (auto read = read_text(value, member, out); !read)
    return read;
  if (is_printable(out, most) || (out.empty() && least == 0))
    return {};
  return wrong_member(
      member, "must be " + std::string(least == 0 ? "at most " : "1 to ")
                  + std::to_string(most) + " printable characters.");
}

result<void> read_flag(json_view value, std::string_view member, bool& out) {
  if (!value.is(kind::boolean))
    return wrong_member(member, "must be true or false.");
  out = value.truth();
  return {};
}

result<void>
read_number(json_view value, std::string_view member, std::uint32_t& out) {
  auto number = value.is(kind::number) ? value.unsigned_integer()
                                       : std::optional<std::uint64_t>{};
  if (!number || *number > UINT32_MAX)
    return wrong_member(member, "must be a whole number of 0 to 4294967295.");
  out = static_cast<std::uint32_t>(*number);
  return {};
}

result<void> read_future_time(
    json_view value, std::string_view member, std::optional<timestamp>& out) {
  if (value.is(kind::null)) {
    out.reset();
    return {};
  }
  out = value.is(kind::string) ? from_iso8601(value.string()) : std::nullopt;
  if (!out)
    return wrong_member(
        member, "must be a time like 2026-05-28T14:30:45Z, or null.");
  // In the unit of timestamps: nanoseconds end in the year 2262.
  if (*out <= std::chrono::time_point_cast<timestamp::duration>(
          std::chrono::system_clock::now()))
    return wrong_member(member, "must be in the future.");
  return {};
}

} // namespace hansard
