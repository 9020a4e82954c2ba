#include "tools/hansard/admin/answer.hpp"
#include "tools/hansard/admin/text.hpp"
#include "tools/hansard/apply/apply_command.hpp"

#include <fmt/format.h>

namespace hansard {
namespace {

error in_step(const apply_step& step, const error& why) {
  return make_error(
      why.code,
      fmt::format(
          "{}{}{} {}: {}", step.where, step.where.empty() ? "" : ": ",
          to_string(step.kind), terminal_text(step.name), why.message));
}

/// The entity tag under which the thing is still as it was when it was
/// compared; empty: the server gives none.
result<std::string> tag_of(const admin_ask& ask, const apply_step& step) {
  auto answer = ask({"GET", step.single});
  if (!answer) {
    if (answer.error().code != ec::not_found)
      return answer.error();
    // It is gone: the write has the last word.
    return std::string();
  }
  auto shown = json_of(answer->body);
  if (!shown)
    return shown.error();
  const auto now = item_of_answer(step.kind, *shown, timestamp{});
  if (!now || now->fields != step.seen)
    return make_error(
        ec::wrong_expected_version,
        "Somebody else changed it meanwhile. Run the command again to see the "
        "difference anew.");
  return std::move(answer->etag);
}

result<void> do_step(const admin_ask& ask, const apply_step& step) {
  std::string tag;
  if (!step.single.empty()) {
    auto found = tag_of(ask, step);
    if (!found)
      return found.error();
    tag = std::move(*found);
  }
  for (auto call : step.calls) {
    call.if_match = std::exchange(tag, {});
    if (auto answer = ask(call); !answer)
      return answer.error();
  }
  return {};
}

} // namespace

result<void> do_steps(
    const admin_ask& ask, std::span<const apply_step> steps,
    std::size_t& done) {
  for (const auto& step : steps) {
    if (auto made = do_step(ask, step); !made)
      return in_step(step, made.error());
    ++done;
  }
  return {};
}

} // namespace hansard
