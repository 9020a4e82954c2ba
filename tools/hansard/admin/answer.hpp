#pragma once

#include "tools/hansard/admin/client.hpp"
#include "tools/hansard/exit_code.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

/// What an answer means. Pure.
namespace hansard {

/// An answer as HTTP brought it, which may be anybody's.
struct heard_answer {
  unsigned status = 0;
  std::string content_type;
  std::string location;
  std::string etag;
  std::string body;
};

/// The answer, or why it is none; as admin_client::ask() says.
result<admin_answer> judge(heard_answer heard);

/// The JSON of a checked answer. @returns upstream_failed: it is none.
result<boost::json::value> json_of(std::string_view body);

/// How the program ends where the server could not be asked, or refused.
exit_code exit_code_of_call(ec code);

} // namespace hansard
