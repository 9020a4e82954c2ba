#pragma once

#include "events/error.hpp"
#include "events/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

/// An error as HTTP says it: the one error format of every route.
struct problem {
  unsigned status = 500;
  /// The code in capitals, e.g. "NOT_FOUND".
  std::string code;
  std::string message;
  /// Members of `details`, all strings.
  std::vector<std::pair<std::string, std::string>> details;
  /// Headers of the answer, besides those that its status takes.
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// A refusal that has no `ec`: it concerns HTTP itself.
enum class http_code {
  request_timeout,
  uri_too_long,
  expectation_failed,
  too_many_attempts,
  header_too_large,
};

/// A code of the API.
struct code_entry {
  /// In capitals, as `code` has it.
  std::string name;
  unsigned status = 500;
  /// In a sentence, for documentation.
  std::string_view meaning;
};

/// All of them, those of `ec` and those of HTTP: docs/openapi.yaml lists them.
const std::vector<code_entry>& error_codes();

unsigned status_of(ec code);

/// A failure as it was recorded, by the stored name of its `ec`, as in
/// generation_failed; 502 for a name that is not known.
problem stored_problem(std::string_view code, std::string reason);

/// The `ec` in the API's words. Details that are named like a header of a limit
/// (x-ratelimit-…) are one.
problem to_problem(const error& why);

problem http_problem(http_code code, std::string message);

/// The wait that the refusal itself names, in milliseconds (openai-python reads
/// `retry-after-ms` before `Retry-After`).
std::optional<std::uint64_t> retry_after_ms(const problem& p);

/// Statuses after which another try is worth it say when: seconds for
/// `Retry-After`; nullopt for the others.
std::optional<unsigned> retry_after_seconds(const problem& p);

/// The body: {"error", "code", "statusCode", "details", "requestId",
/// "timestamp"}.
std::string
to_json(const problem& p, std::string_view request_id, timestamp now);

} // namespace hansard
