#include "http/upstream/upstream_errors.hpp"

#include "http/text/text.hpp"
#include "http/upstream/upstream_json.hpp"
#include "http/upstream/upstream_text.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace hansard {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds longest_retry_after =
    std::chrono::hours(24);

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t value = 0;
  const auto* last = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), last, value);
  if (text.empty() || parsed.ptr != last || value < 0)
    return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range)
    return text.front() == '-' ? std::nullopt : std::optional(INT64_MAX);
  return value;
}

std::chrono::milliseconds capped(std::int64_t count, std::int64_t unit_ms) {
  const auto most = longest_retry_after.count();
  return std::chrono::milliseconds(
      count > most / unit_ms ? most : count * unit_ms);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" as from_iso8601 takes it.
std::optional<timestamp> read_imf_fixdate(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(3, 2) != ", "
      || text.substr(25) != " GMT")
    return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0)
    return std::nullopt;
  const auto number = month / 3 + 1;
  std::string iso(text.substr(12, 4));
  iso.append(number < 10 ? "-0" : "-").append(std::to_string(number));
  iso.append(1, '-').append(text.substr(5, 2));
  iso.append(1, 'T').append(text.substr(17, 8)).append(1, 'Z');
  return from_iso8601(iso);
}

/// A member that may be a string or a number.
std::string text_of(const json::object& object, std::string_view name) {
  const auto* member = find_member(object, name);
  if (!member)
    return {};
  if (const auto* text = member->if_string())
    return std::string(text->data(), text->size());
  return member->is_number() ? json::serialize(*member) : std::string();
}

provider_error members_of(const json::object& object) {
  return {
      text_of(object, "message"), text_of(object, "type"),
      text_of(object, "code")};
}

bool says_try_again(const provider_error& said) {
  constexpr std::array<std::string_view, 9> passing{
      "rate_limit_error",   "rate_limit_exceeded",
      "server_error",       "internal_server_error",
      "overloaded_error",   "overloaded",
      "api_error",          "timeout",
      "service_unavailable"};
  auto names = [&](const std::string& word) {
    return std::find(passing.begin(), passing.end(), word) != passing.end();
  };
  const auto code = read_number(said.code).value_or(0);
  return names(said.type) || names(said.code) || code == 408 || code == 429
         || (code >= 500 && code <= 599);
}

std::string what_body_says(const upstream_head& head, std::string_view body) {
  if (!head.content_encoding.empty() && head.content_encoding != "identity")
    return {};
  if (const auto* value = parse_upstream_json(body)) {
    // Google wraps an error in an array.
    if (const auto* list = value->if_array(); list && !list->empty())
      value = &list->front();
    if (const auto* root = value->if_object())
      if (auto said = read_provider_error(*root))
        return said->message;
    return {};
  }
  // A proxy's HTML page tells a reader nothing.
  if (head.content_type.find("html") != std::string::npos
      || trimmed(body).starts_with('<'))
    return {};
  return clip_message(body, 200);
}

} // namespace

std::optional<provider_error> read_stream_error(const json::object& root) {
  if (const auto* said = find_member(root, "error")) {
    if (const auto* object = said->if_object())
      return object->empty() ? std::nullopt
                             : std::optional(members_of(*object));
    if (const auto* text = said->if_string())
      return text->empty()
                 ? std::nullopt
                 : std::optional(provider_error{
                     std::string(text->data(), text->size()), "", ""});
    if (const auto* flag = said->if_bool(); flag && !*flag)
      return std::nullopt;
    return members_of(root);
  }
  if (find_text(root, "object") == "error")
    return members_of(root);
  return std::nullopt;
}

std::optional<provider_error> read_provider_error(const json::object& root) {
  if (auto said = read_stream_error(root))
    return said;
  auto said = members_of(root);
  if (said.message.empty())
    if (const auto* detail = find_member(root, "detail"))
      said.message = detail->is_string() ? text_of(root, "detail")
                                         : json::serialize(*detail);
  if (said.message.empty())
    return std::nullopt;
  return said;
}

upstream_failure failure_of_status(
    const upstream_head& head, std::string_view body, timestamp now) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(head.status));
  auto message = "the model server answered " + std::to_string(head.status);
  if (reason.size() > 0 && reason.front() != '<')
    message.append(1, ' ').append(reason.data(), reason.size());
  auto said = what_body_says(head, body);
  if (head.status >= 300 && head.status < 400)
    said = "redirections are not followed; mend the agent's base_url";
  if (!said.empty())
    message.append(": ").append(said);
  upstream_failure failure;
  failure.code =
      head.status == 504 ? ec::upstream_timed_out : ec::upstream_failed;
  failure.message = clip_message(message);
  failure.retryable =
      head.status == 408 || head.status == 429 || head.status >= 500;
  if (failure.retryable)
    failure.retry_after = read_retry_after(head, now);
  return failure;
}

upstream_failure failure_of_provider_error(const provider_error& said) {
  upstream_failure failure;
  failure.code = ec::upstream_failed;
  std::string message = "the model server reported an error";
  const auto& words = !said.message.empty() ? said.message
                      : !said.type.empty()  ? said.type
                                            : said.code;
  if (!words.empty())
    message.append(": ").append(words);
  failure.message = clip_message(message);
  failure.retryable = says_try_again(said);
  return failure;
}

std::optional<std::chrono::milliseconds>
read_retry_after(const upstream_head& head, timestamp now) {
  if (const auto ms = read_number(trimmed(head.retry_after_ms)))
    return capped(*ms, 1);
  const auto text = trimmed(head.retry_after);
  if (const auto seconds = read_number(text))
    return capped(*seconds, 1000);
  if (const auto date = read_imf_fixdate(text)) {
    const auto wait =
        std::chrono::duration_cast<std::chrono::milliseconds>(*date - now);
    return capped(std::max<std::int64_t>(wait.count(), 0), 1);
  }
  return std::nullopt;
}

} // namespace hansard
