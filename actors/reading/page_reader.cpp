#include "actors/reading/page_reader.hpp"

#include "actors/log_event.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

std::size_t bytes_of(const batch_item& item) {
  if (auto* run = std::get_if<token_run>(&item))
    return run->text.size() + run->marks.size() * sizeof(token_mark);
  std::size_t bytes = 256;
  if (auto* received =
          std::get_if<messages_received>(&*std::get<stamped_event>(item).body))
    for (const auto& m : received->messages)
      bytes += m.content.size() + m.tool_calls.size() + m.extra.size();
  return bytes;
}

std::size_t bytes_of(const event_batch& batch) {
  std::size_t bytes = 0;
  for (const auto& item : batch.items)
    bytes += bytes_of(item);
  return bytes;
}

/// The first tokens of `run`, until they have `bytes`; at least one.
token_run first_of(const token_run& run, std::size_t bytes) {
  token_run part;
  std::size_t length = 0;
  for (const auto& mark : run.marks) {
    if (length + part.marks.size() * sizeof(token_mark) >= bytes)
      break;
    part.marks.push_back(mark);
    length += mark.length;
  }
  part.text = run.text.substr(0, length);
  return part;
}

void cut_positions(std::vector<position_segment>& positions, std::size_t size) {
  std::uint64_t left = size;
  auto segment = positions.begin();
  for (; left > 0; ++segment) {
    segment->count = std::min(segment->count, left);
    left -= segment->count;
  }
  positions.erase(segment, positions.end());
}

/// `batch`, or its first events where it has more than `bytes`: whoever waits
/// for its client holds a page, however large the records are.
batch_ptr first_of(const batch_ptr& batch, std::size_t bytes) {
  if (bytes_of(*batch) <= bytes)
    return batch;
  auto part = std::make_shared<event_batch>();
  part->stream = batch->stream;
  part->first_version = batch->first_version;
  std::size_t held = 0;
  for (const auto& item : batch->items) {
    if (held >= bytes)
      break;
    auto* run = std::get_if<token_run>(&item);
    if (run && bytes_of(item) > bytes - held)
      part->items.emplace_back(first_of(*run, bytes - held));
    else
      part->items.push_back(item);
    held += bytes_of(item);
  }
  part->positions = batch->positions;
  cut_positions(part->positions, part->size());
  return part;
}

} // namespace

session_loaded load(const event_log& log, const session_id& id) {
  auto state = std::make_shared<session_state>();
  auto done = log.read_stream(
      stream_of(id), stream_version{1}, [&state](const batch_ptr& batch) {
        apply(*state, *batch);
        return true;
      });
  if (!done)
    return {nullptr, done.error()};
  return {std::move(state), std::nullopt};
}

page_read
read(const event_log& log, const stream_id& stream, stream_version from) {
  page_read page;
  std::size_t bytes = 0;
  page.at_end = true;
  auto done =
      log.read_stream(stream, from, [&page, &bytes](const batch_ptr& batch) {
        if (bytes >= page_bytes) {
          page.at_end = false;
          return false;
        }
        auto part = first_of(batch, page_bytes - bytes);
        bytes += bytes_of(*part);
        page.batches.push_back(part);
        page.at_end = part == batch;
        return page.at_end;
      });
  if (!done)
    page.why = done.error();
  return page;
}

namespace {

struct sealing {
  std::unique_ptr<prepared_seal> seal;
  std::optional<error> why;
};

sealing prepare(const event_log& log, const stream_id& stream) {
  auto seal = log.prepare_seal(stream);
  if (!seal)
    return {nullptr, seal.error()};
  return {std::move(*seal), std::nullopt};
}

/// One stream that can't be read, for want of memory say, must neither end the
/// reader nor leave its client waiting.
template <class F>
auto guarded(F read) -> decltype(read()) {
  try {
    return read();
  } catch (...) {
    decltype(read()) failed;
    failed.why = make_error(
        ec::internal,
        "The session could not be read: " + describe(std::current_exception()));
    return failed;
  }
}

} // namespace

log_reader_actor::behavior_type log_reader(
    log_reader_actor::stateful_pointer<log_reader_state> self, runtime_ptr rt) {
  return {
      [self, rt](const load_session& what, const load_client_actor& client) {
        self->send(client, guarded([&] { return load(rt->log, what.id); }));
      },
      [self, rt](const read_page& what, const page_client_actor& client) {
        self->send(client, guarded([&] {
                     return read(rt->log, what.stream, what.from);
                   }));
      },
      [self, rt](const prepare_seal_of& what) {
        auto made = guarded([&] { return prepare(rt->log, what.stream); });
        if (made.why)
          log_event(
              log_level::warning, "seal_failed",
              {{"stream", session_of(what.stream).to_string()},
               {"code", to_string(made.why->code)},
               {"reason", made.why->message}});
        if (made.seal)
          self->send(
              rt->services.journal(),
              write_seal{std::make_shared<std::unique_ptr<prepared_seal>>(
                  std::move(made.seal))});
      },
  };
}

} // namespace hansard
