#pragma once

#include "actors/precondition.hpp"
#include "http/message/exchange.hpp"

#include <string>
#include <string_view>

/// Conditional requests (RFC 9110 §13).
namespace hansard {

/// Tags of one field; more are refused.
inline constexpr std::size_t max_entity_tags = 100;

/// The value of If-Match or If-None-Match; empty: it is not there. Pure.
/// @returns invalid_request, naming `field`.
result<tag_list> read_tags(std::string_view value, std::string_view field);

/// What the request asks of the record that it changes.
/// @returns invalid_request.
result<precondition> read_precondition(const exchange& x);

/// A record as JSON with its ETag; 304 without a body where the request is a
/// GET or HEAD that knows this version.
response tagged_response(
    const exchange& x, std::string body, std::string_view tag,
    unsigned status = 200);

/// Likewise, of any record that has append_json() and tag_of().
template <class Record>
response record_response(
    const exchange& x, const Record& record, unsigned status = 200) {
  std::string out;
  append_json(out, record);
  return tagged_response(x, std::move(out), tag_of(record), status);
}

} // namespace hansard
