#include "tools/hansard/admin/answer.hpp"

#include "events/text/utf8.hpp"
#include "http/text/request_json.hpp"
#include "http/text/text.hpp"
#include "tools/hansard/admin/text.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace hansard {
namespace {

/// Messages are kept as they came, 64 deep; around them stand lists.
constexpr std::size_t max_depth = 128;
constexpr std::size_t max_shown = 500;

error not_hansard(std::string_view what) {
  return make_error(
      ec::upstream_failed,
      fmt::format("{} Is this the address of a Hansard server?", what));
}

ec code_of(unsigned status) {
  switch (status) {
  case 401:
    return ec::unauthenticated;
  case 403:
    return ec::forbidden;
  case 404:
    return ec::not_found;
  case 409:
    return ec::already_exists;
  case 412:
    return ec::wrong_expected_version;
  default:
    return ec::upstream_failed;
  }
}

std::string_view advice_for(unsigned status) {
  switch (status) {
  case 401:
    return " Look at the key in HANSARD_KEY or --key-file: is it whole, not "
           "expired and not revoked?";
  case 403:
    return " Use the key of a user who may: an admin's, with the scope admin.";
  case 412:
    return " Somebody else changed it meanwhile: look at it and try again.";
  default:
    return "";
  }
}

std::string member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && !value->is_null() ? cell_text(*value, max_shown)
                                    : std::string();
}

/// The one error format, in a line.
error refusal(unsigned status, const boost::json::value& body) {
  const auto* object = body.if_object();
  if (!object || !object->if_contains("error") || !object->if_contains("code"))
    return not_hansard(fmt::format(
        "The server answered {} in a form that is not the API's.", status));
  auto text = fmt::format(
      "{} ({}): {}", member(*object, "code"), status, member(*object, "error"));
  if (const auto* details = object->if_contains("details");
      details && details->is_object())
    for (const auto& [name, value] : details->get_object())
      text += fmt::format(
          " [{}: {}]", terminal_text({name.data(), name.size()}),
          cell_text(value, max_shown));
  text += advice_for(status);
  if (const auto id = member(*object, "requestId"); !id.empty())
    text += fmt::format(" (request {})", id);
  return make_error(code_of(status), std::move(text));
}

bool is_json(std::string_view type) {
  const auto kind = type.substr(0, type.find(';'));
  return equal_ignoring_case(
      kind.substr(0, kind.find_last_not_of(" \t") + 1), "application/json");
}

} // namespace

result<boost::json::value> json_of(std::string_view body) {
  boost::json::error_code failed;
  boost::json::parse_options options;
  options.max_depth = max_depth;
  auto value = boost::json::parse(
      {body.data(), body.size()}, failed, boost::json::storage_ptr{}, options);
  if (failed)
    return not_hansard("The answer's JSON is broken.");
  return value;
}

result<admin_answer> judge(heard_answer heard) {
  if (heard.status >= 300 && heard.status < 400)
    return not_hansard(fmt::format(
        "The server answered {}, a redirect to {}, which is not followed, "
        "since the key would go there.",
        heard.status,
        heard.location.empty()
            ? "nowhere"
            : terminal_text(cut_utf8(heard.location, max_shown))));
  if (heard.status == 204 && heard.body.empty())
    return admin_answer{heard.status, {}, std::move(heard.etag)};
  if (!is_json(heard.content_type))
    return not_hansard(fmt::format(
        "The server answered {} with {}, not with JSON.", heard.status,
        heard.content_type.empty()
            ? "no type"
            : terminal_text(cut_utf8(heard.content_type, 100))));
  // json_view looks into it without looking where it goes.
  const json_limits limits{max_depth, 100'000, 10'000'000};
  if (!check_json(heard.body, limits))
    return not_hansard(fmt::format(
        "The server answered {} with JSON that is broken.", heard.status));
  if (heard.status >= 200 && heard.status < 300)
    return admin_answer{
        heard.status, std::move(heard.body), std::move(heard.etag)};
  auto body = json_of(heard.body);
  if (!body)
    return body.error();
  return refusal(heard.status, *body);
}

exit_code exit_code_of_call(ec code) {
  switch (code) {
  case ec::unauthenticated:
  case ec::forbidden:
    return exit_code::refused;
  case ec::upstream_unavailable:
    return exit_code::unavailable;
  case ec::invalid_request:
    return exit_code::usage;
  default:
    return exit_code::failed;
  }
}

} // namespace hansard
