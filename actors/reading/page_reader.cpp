#include "actors/reading/page_reader.hpp"

#include "actors/log_event.hpp"
#include "events/slice.hpp"

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

/// How many tokens of `run` it takes to have `bytes`, or all of them.
std::size_t tokens_with(const token_run& run, std::size_t bytes) {
  std::size_t held = 0;
  std::size_t count = 0;
  for (; count < run.marks.size() && held < bytes; ++count)
    held += run.marks[count].length + sizeof(token_mark);
  return count;
}

/// `batch`, or its first events where it has more than `bytes`: whoever waits
/// for its client holds a page, however large the records are.
batch_ptr first_bytes_of(const batch_ptr& batch, std::size_t bytes) {
  if (bytes_of(*batch) <= bytes)
    return batch;
  std::size_t held = 0;
  std::size_t events = 0;
  for (const auto& item : batch->items) {
    if (held >= bytes)
      break;
    auto* run = std::get_if<token_run>(&item);
    events += run && bytes_of(item) > bytes - held
                  ? tokens_with(*run, bytes - held)
                  : count_of(item);
    held += bytes_of(item);
  }
  return first_of(batch, events);
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
        auto part = first_bytes_of(batch, page_bytes - bytes);
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
