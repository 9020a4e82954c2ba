#include "tests/storage/log_support.hpp"

namespace hansard::test {

stream_id stream_number(std::uint8_t n) {
  stream_id id;
  id.bytes.fill(0x11);
  id.bytes.back() = n;
  return id;
}

timestamp moment(std::int64_t us) {
  return from_unix_us(1'780'000'000'000'000 + us);
}

event admitted() {
  return turn_admitted{turn_id{}, {"did:test:user", "req_1"}, "role:admin"};
}

event completed() {
  return generation_completed{turn_id{}, ending::complete, "stop", {}};
}

event titled(std::string title) {
  return title_changed{std::move(title), {"did:test:user", "req_1"}};
}

token_run tokens(std::vector<std::string> texts, std::int64_t at) {
  token_run run;
  for (const auto& text : texts)
    run.add(moment(at++), token_channel::answer, text);
  return run;
}

token_run random_tokens(chooser& choose, std::size_t count, std::int64_t& at) {
  token_run run;
  for (std::size_t i = 0; i < count; ++i) {
    at += static_cast<std::int64_t>(choose.below(30'000));
    run.add(
        moment(at),
        static_cast<token_channel>(choose.one_in(4) ? choose.below(6) : 0),
        choose.text(choose.between(1, 9)));
  }
  return run;
}

append_request request_for(event_batch batch, std::uint64_t expected) {
  auto encoded = encode_items(batch);
  return {
      {expected},
      std::make_shared<event_batch>(std::move(batch)),
      std::move(encoded)};
}

void append_all(event_log& log, std::vector<append_request> requests) {
  std::vector<result<log_position>> outcomes(requests.size(), log_position{});
  log.append(requests, outcomes);
  for (const auto& outcome : outcomes)
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
}

result<log_position>
append_at(event_log& log, event_batch batch, std::uint64_t expected) {
  std::vector<append_request> requests;
  requests.push_back(request_for(std::move(batch), expected));
  std::vector<result<log_position>> outcomes(1, log_position{});
  log.append(requests, outcomes);
  return outcomes.front();
}

result<log_position> append_next(event_log& log, event_batch batch) {
  auto version = log.version_of(batch.stream);
  if (!version)
    return version.error();
  return append_at(log, std::move(batch), version->value);
}

void apply(event_log& log, std::vector<std::unique_ptr<prepared_seal>> seals) {
  log.append({}, {}, seals);
}

bool seal(event_log& log, const stream_id& stream) {
  auto prepared = log.prepare_seal(stream);
  EXPECT_TRUE(prepared.has_value());
  if (!prepared || !*prepared)
    return false;
  std::vector<std::unique_ptr<prepared_seal>> seals;
  seals.push_back(*std::move(prepared));
  apply(log, std::move(seals));
  return true;
}

namespace {

batch_visitor collect_into(std::vector<recorded_event>& out) {
  return [&out](const batch_ptr& batch) {
    EXPECT_GT(batch->size(), 0u);
    std::uint64_t placed = 0;
    for (const auto& segment : batch->positions)
      placed += segment.count;
    EXPECT_EQ(placed, batch->size());
    batch->for_each([&out](recorded_event e) { out.push_back(std::move(e)); });
    return true;
  };
}

} // namespace

read_outcome try_read_all(const event_log& log, std::uint64_t from) {
  read_outcome out{{}, {}};
  out.end = log.read_all({from}, collect_into(out.events));
  return out;
}

read_outcome try_read_stream(
    const event_log& log, const stream_id& stream, std::uint64_t from) {
  read_outcome out{{}, {}};
  out.end = log.read_stream(stream, {from}, collect_into(out.events));
  return out;
}

std::vector<recorded_event>
events_from(const event_log& log, std::uint64_t from) {
  auto read = try_read_all(log, from);
  EXPECT_TRUE(read.end.has_value()) << read.end.error().message;
  return std::move(read.events);
}

std::vector<recorded_event>
events_of(const event_log& log, const stream_id& stream, std::uint64_t from) {
  auto read = try_read_stream(log, stream, from);
  EXPECT_TRUE(read.end.has_value()) << read.end.error().message;
  return std::move(read.events);
}

std::vector<recorded_event>
recorded(event_batch batch, std::uint64_t version, std::uint64_t position) {
  batch.first_version = {version};
  batch.positions = {{{position}, batch.size()}};
  std::vector<recorded_event> out;
  batch.for_each([&out](recorded_event e) { out.push_back(std::move(e)); });
  return out;
}

std::vector<stream_id> unsealed_of(const event_log& log) {
  std::vector<stream_id> streams;
  auto read = log.visit_unsealed([&](stream_id stream) {
    streams.push_back(stream);
    return true;
  });
  EXPECT_TRUE(read.has_value());
  return streams;
}

} // namespace hansard::test
