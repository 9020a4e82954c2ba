#pragma once

#include "events/error.hpp"
#include "tools/hansard/admin/client.hpp"
#include "tools/hansard/admin/verbs.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// From the command line to requests, and from their answers to one document.
namespace hansard {

/// What was said for each parameter, by its flag.
using admin_values =
    std::map<std::string, std::vector<std::string>, std::less<>>;

/// The text of a file, or of stdin for "-".
using text_source = std::function<result<std::string>(const std::string&)>;

/// One segment of a path.
std::string path_segment(std::string_view text);

/// "?name=value", or "&name=value" behind a target that has a query.
void add_query(
    std::string& target, std::string_view name, std::string_view value);

/// The request of a command. Pure but for `read`.
/// @param body_file A JSON object that flags are added to; empty: none.
/// @returns invalid_request: a parameter is missing, there where another one
///          is, or not of its kind.
result<admin_call> call_of(
    const admin_verb& verb, const admin_values& values,
    const std::string& body_file, const text_source& read);

using admin_ask = std::function<result<admin_answer>(const admin_call&)>;

/// Asks for all pages of a list and joins them: the last page, with the
/// elements of all of them; each element has the bytes that the server sent.
/// @param limit Most elements; 0: all.
/// @returns upstream_failed: the pages have no end, or are no list.
result<std::string> all_pages(
    const admin_pages& pages, admin_call call, std::size_t limit,
    const admin_ask& ask);

inline constexpr std::size_t max_pages = 20'000;
inline constexpr std::size_t max_list_bytes = 512u << 20;
/// Of a file with a body, a text or a secret.
inline constexpr std::size_t max_input_bytes = 8u << 20;

/// Reads a file, or stdin for "-". @returns invalid_request: it can't be read,
/// or is over max_input_bytes.
result<std::string> read_input(const std::string& path);

} // namespace hansard
