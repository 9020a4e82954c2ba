#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests that a browser sends on behalf of a page. Pure.
namespace hansard {

struct request_head;

/// False for methods that change nothing (RFC 9110 §9.2.1).
bool is_write(std::string_view method);

/// Whether a write that a cookie authenticates was meant by its user: the page
/// is of this server, or of a listed origin. A request with neither
/// `Sec-Fetch-Site` nor `Origin` comes from no browser, as browsers have sent
/// one of them with each write since 2020: there is no page that could have
/// forged it.
bool is_own_write(
    const request_head& head, const std::vector<std::string>& origins);

/// A scheme, a host and a port where it is not the scheme's own, as browsers
/// write it: "https://app.example.org". Neither "*" nor "null".
bool is_origin(std::string_view text);

/// What an answer says to a page of another origin; empty where none is listed
/// or the request names none.
std::vector<std::pair<std::string, std::string>>
cors_headers(const request_head& head, const std::vector<std::string>& origins);

/// The headers of the answer to a preflight; nullopt: this is none, or of an
/// origin that is not listed.
std::optional<std::vector<std::pair<std::string, std::string>>>
preflight_headers(
    const request_head& head, std::string_view allow,
    const std::vector<std::string>& origins);

} // namespace hansard
