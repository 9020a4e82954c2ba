#include "tools/benchmark/micro/sample_log.hpp"

#include "events/event.hpp"
#include "tools/benchmark/mock_model.hpp"

#include <cstdlib>
#include <iostream>
#include <utility>

namespace hansard::benchmark {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t epoch_us = 1'779'978'645'000'000;

timestamp next_time() {
  thread_local std::int64_t us = epoch_us;
  // As a model server's tokens come: not on the beat.
  us += 900 + us % 211;
  return from_unix_us(us);
}

turn_id turn_of(const stream_id& stream, std::uint32_t turn) {
  turn_id out{stream};
  out.bytes[14] = static_cast<std::uint8_t>(turn >> 8);
  out.bytes[15] = static_cast<std::uint8_t>(turn);
  return out;
}

cause somebody() {
  return {"did:vaultys:z6Mkf9x3TQ", "01HZ8Q3V5N7W2K4M6P8R0T2V4X"};
}

std::shared_ptr<event_batch> batch_for(const stream_id& stream) {
  auto out = std::make_shared<event_batch>();
  out->stream = stream;
  return out;
}

} // namespace

sample_folder::sample_folder() {
  const char* named = std::getenv("HANSARD_BENCH_FOLDER");
  auto name =
      (fs::path(named ? named : "/var/tmp") / "hansard-micro-XXXXXX").string();
  if (!mkdtemp(name.data()))
    give_up("cannot make a folder", name);
  path_ = name;
}

sample_folder::~sample_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void give_up(const char* what, const std::string& why) {
  std::cerr << "hansard-microbench: " << what << ": " << why << std::endl;
  std::exit(1);
}

sample_log::sample_log()
    : folder_(std::in_place),
      log_(expect(
          open_rocksdb_event_log({.path = folder_->file("log")}), "open")) {}

sample_log::sample_log(const std::string& path)
    : log_(expect(open_rocksdb_event_log({.path = path}), "open")) {}

void sample_log::append(
    const std::vector<std::shared_ptr<event_batch>>& group) {
  std::vector<append_request> requests;
  for (const auto& batch : group) {
    auto& version = versions_[batch->stream];
    requests.push_back({{version}, batch, encode_items(*batch)});
    version += batch->size();
    events_ += batch->size();
  }
  std::vector<result<log_position>> outcomes(requests.size(), log_position{});
  log_->append(requests, outcomes);
  for (const auto& outcome : outcomes)
    if (!outcome)
      give_up("append", outcome.error().message);
}

void sample_log::seal(const std::vector<stream_id>& streams) {
  std::vector<std::unique_ptr<prepared_seal>> seals;
  for (const auto& stream : streams)
    if (auto seal = expect(log_->prepare_seal(stream), "seal"))
      seals.push_back(std::move(seal));
  log_->append({}, {}, seals);
}

std::vector<stream_id> sample_log::add_streams(std::uint32_t count) {
  std::vector<stream_id> fresh;
  fresh.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i)
    fresh.push_back(new_stream());
  streams_.insert(streams_.end(), fresh.begin(), fresh.end());
  return fresh;
}

void sample_log::append_tokens(
    const std::vector<stream_id>& streams, const sample_shape& shape) {
  for (std::uint32_t done = 0; done < shape.tokens;) {
    const auto n = std::min(shape.tokens_per_frame, shape.tokens - done);
    std::vector<std::shared_ptr<event_batch>> group;
    for (const auto& stream : streams)
      group.push_back(token_batch(stream, n));
    append(group);
    done += n;
  }
}

void sample_log::fill(const sample_shape& shape) {
  const auto fresh = add_streams(shape.sessions);
  const auto append_each = [&](auto&& make) {
    std::vector<std::shared_ptr<event_batch>> group;
    for (const auto& stream : fresh)
      group.push_back(make(stream));
    append(group);
  };
  for (std::uint32_t turn = 0; turn < shape.turns; ++turn) {
    append_each([&](const auto& s) { return turn_opening(s, turn); });
    append_tokens(fresh, shape);
    append_each([&](const auto& s) { return turn_ending(s, turn); });
    seal(fresh);
  }
}

void sample_log::fill_streaming(const sample_shape& shape) {
  const auto fresh = add_streams(shape.sessions);
  std::vector<std::shared_ptr<event_batch>> group;
  for (const auto& stream : fresh)
    group.push_back(turn_opening(stream));
  append(group);
  append_tokens(fresh, shape);
}

namespace {

std::uint64_t streams_so_far = 0;

} // namespace

void pass_over_streams(std::uint64_t count) { streams_so_far += count; }

stream_id new_stream() {
  const auto count = ++streams_so_far;
  return stream_id{
      make_ulid(epoch_us / 1000 + count, count * 0x9e37, count * 0x9e3779b9)};
}

std::shared_ptr<event_batch>
turn_opening(const stream_id& stream, std::uint32_t turn) {
  auto out = batch_for(stream);
  const auto id = turn_of(stream, turn);
  if (turn == 0)
    out->add(
        next_time(),
        session_opened{"did:bench:agent", somebody().principal, somebody()});
  messages_received received;
  received.turn = id;
  received.by = somebody();
  message question;
  question.content =
      R"("Summarise the key trends in Q1 2026 for the EMEA region.")";
  // A question and an answer a turn stand in front.
  received.keep = 2 * turn;
  received.messages.push_back(question);
  out->add(next_time(), received);
  out->add(next_time(), turn_admitted{id, somebody(), "role:admin"});
  generation_started started;
  started.turn = id;
  started.provider = "openai-compatible";
  started.model = "llama3.2";
  out->add(next_time(), started);
  return out;
}

std::shared_ptr<event_batch>
token_batch(const stream_id& stream, std::uint32_t tokens) {
  thread_local std::uint32_t sequence = 0;
  token_run run;
  for (std::uint32_t i = 0; i < tokens; ++i)
    run.add(next_time(), token_channel::answer, word_of(7, ++sequence));
  auto out = batch_for(stream);
  out->add(std::move(run));
  return out;
}

std::shared_ptr<event_batch>
turn_ending(const stream_id& stream, std::uint32_t turn) {
  auto out = batch_for(stream);
  generation_completed completed;
  completed.turn = turn_of(stream, turn);
  completed.finish_reason = "stop";
  completed.usage = {usage_source::reported, 20, 250, 0, 0};
  out->add(next_time(), completed);
  return out;
}

} // namespace hansard::benchmark
