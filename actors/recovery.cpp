#include "actors/recovery.hpp"

#include "actors/reading/page_reader.hpp"
#include "events/session/session_model.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hansard {

namespace {

/// Streams that are folded and closed together, by one synced write.
constexpr std::size_t group_size = 64;

result<std::optional<append_request>>
close_request(const event_log& log, const stream_id& stream, timestamp now) {
  auto loaded = load(log, session_of(stream));
  if (!loaded.state)
    return *loaded.why;
  const auto& state = *loaded.state;
  if (!state.turn)
    return std::optional<append_request>{};
  generation_interrupted ending;
  ending.turn = state.turn->turn;
  ending.reason = "the server stopped";
  if (state.turn->tokens > 0) {
    ending.usage.source = usage_source::estimated;
    ending.usage.completion = state.turn->tokens;
  }
  append_request request;
  request.expected = expected_version::exactly(state.version);
  request.batch = std::make_shared<event_batch>();
  request.batch->stream = stream;
  request.batch->add(now, std::move(ending));
  request.encoded = encode_items(*request.batch);
  return std::optional<append_request>{std::move(request)};
}

result<void> recover_group(
    event_log& log, const std::vector<stream_id>& streams, timestamp now,
    recovery_report& report) {
  std::vector<append_request> requests;
  for (const auto& stream : streams) {
    auto request = close_request(log, stream, now);
    if (!request)
      return request.error();
    if (*request)
      requests.push_back(std::move(**request));
  }
  std::vector<result<log_position>> outcomes(requests.size(), log_position{});
  if (!requests.empty())
    log.append(requests, outcomes);
  for (const auto& outcome : outcomes)
    if (!outcome)
      return outcome.error();
  report.turns_closed += requests.size();

  std::vector<std::unique_ptr<prepared_seal>> seals;
  for (const auto& stream : streams) {
    auto seal = log.prepare_seal(stream);
    if (!seal)
      return seal.error();
    if (*seal)
      seals.push_back(std::move(*seal));
  }
  if (!seals.empty())
    log.append({}, {}, seals);
  report.streams_sealed += seals.size();
  return {};
}

} // namespace

result<recovery_report> recover(event_log& log, timestamp now) {
  // Only the ids are held: 16 bytes a stream.
  std::vector<stream_id> unsealed;
  auto visited = log.visit_unsealed([&unsealed](stream_id stream) {
    unsealed.push_back(stream);
    return true;
  });
  if (!visited)
    return visited.error();
  recovery_report report;
  for (std::size_t i = 0; i < unsealed.size(); i += group_size) {
    auto end = std::min(unsealed.size(), i + group_size);
    std::vector<stream_id> group(
        unsealed.begin() + static_cast<std::ptrdiff_t>(i),
        unsealed.begin() + static_cast<std::ptrdiff_t>(end));
    if (auto done = recover_group(log, group, now, report); !done)
      return done.error();
  }
  return report;
}

} // namespace hansard
