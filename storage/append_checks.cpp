#include "storage/append_checks.hpp"

#include <algorithm>
#include <string>

namespace hansard::detail {

namespace {

bool is_consistent(const batch_item& item) {
  auto* run = std::get_if<token_run>(&item);
  if (!run)
    return true;
  std::uint64_t bytes = 0;
  for (const auto& mark : run->marks)
    bytes += mark.length;
  return bytes == run->text.size();
}

error invalid(const char* why) { return make_error(ec::invalid_request, why); }

} // namespace

result<void> check_appendable(const append_request& request) {
  if (!request.batch || request.encoded.empty() || request.batch->size() == 0)
    return invalid("An append needs an event, and its encoding.");
  const auto& batch = *request.batch;
  if (batch.first_version.value != 0 || !batch.positions.empty())
    return invalid("The batch was appended before.");
  if (!std::all_of(batch.items.begin(), batch.items.end(), is_consistent))
    return invalid("A token run's lengths differ from its text.");
  if (request.encoded.size() > max_append_bytes)
    return make_error(
        ec::too_large, "An append has at most "
                           + std::to_string(max_append_bytes) + " bytes; this "
                           + "one has " + std::to_string(request.encoded.size())
                           + ".");
  return {};
}

result<void>
check_version(const append_request& request, stream_version actual) {
  if (actual.value == request.expected.value)
    return {};
  auto e = make_error(
      ec::wrong_expected_version,
      "Another writer was faster: the stream's version is not the expected "
      "one.");
  e.details.emplace_back("expected", std::to_string(request.expected.value));
  e.details.emplace_back("actual", std::to_string(actual.value));
  return e;
}

} // namespace hansard::detail
