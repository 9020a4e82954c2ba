#include "actors/log_reader.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace hansard {

namespace {

std::size_t bytes_of(const event_batch& batch) {
  std::size_t bytes = 0;
  for (const auto& item : batch.items) {
    if (auto* run = std::get_if<token_run>(&item))
      bytes += run->text.size() + run->marks.size() * sizeof(token_mark);
    else if (
        auto* received =
            std::get_if<messages_received>(&std::get<stamped_event>(item).body))
      for (const auto& m : received->messages)
        bytes += m.content.size() + m.tool_calls.size() + m.extra.size();
    else
      bytes += 256;
  }
  return bytes;
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
        bytes += bytes_of(*batch);
        page.batches.push_back(batch);
        return true;
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
          spdlog::warn(
              "event=seal_failed stream={} code={} reason=\"{}\"",
              session_of(what.stream).to_string(), to_string(made.why->code),
              made.why->message);
        if (made.seal)
          self->send(
              rt->services.journal(),
              write_seal{std::make_shared<std::unique_ptr<prepared_seal>>(
                  std::move(made.seal))});
      },
  };
}

} // namespace hansard
