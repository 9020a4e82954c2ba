#include "storage/format/items.hpp"

#include "events/codec/codec.hpp"
#include "storage/event_log.hpp"
#include "storage/format/token_columns.hpp"

#include <limits>
#include <utility>

namespace hansard {

namespace detail {

namespace {

/// The tag of a token run; a single event's tag is its type plus one.
constexpr std::uint64_t token_run_tag = 0;

error malformed(const char* what) {
  return make_error(
      ec::corrupt, std::string("A stored record is malformed: ") + what + ".");
}

void put_event(std::string& out, const stamped_event& e, time_writer& times) {
  put_varint(out, std::uint64_t{type_of(*e.body)} + 1);
  put_varint(out, schema_of(*e.body));
  times.put(out, e.at);
  // One byte is what the length of most payloads takes; the rest is made
  // room for when it is known.
  auto length_at = out.size();
  out.push_back(0);
  encode(*e.body, out);
  auto size = out.size() - length_at - 1;
  std::string length;
  put_varint(length, size);
  out.replace(length_at, 1, length);
}

void put_run(std::string& out, const token_run& run, time_writer& times) {
  put_varint(out, token_run_tag);
  put_varint(out, run.marks.size());
  put_token_columns(out, run, times);
  out += run.text;
}

result<batch_item>
get_event(byte_reader& in, std::uint64_t tag, time_reader& times) {
  constexpr auto max = std::numeric_limits<std::uint16_t>::max();
  auto schema = static_cast<std::uint16_t>(in.varint(max));
  auto at = times.get(in);
  auto payload = in.bytes(in.varint());
  if (in.failed() || tag - 1 > max)
    return malformed("an event");
  auto body = decode(static_cast<std::uint16_t>(tag - 1), schema, payload);
  if (!body)
    return std::move(body).error();
  return batch_item{stamped_event{at, *std::move(body)}};
}

result<batch_item> get_run(byte_reader& in, time_reader& times) {
  token_run run;
  auto count = in.varint();
  auto text_bytes = get_token_columns(in, count, times, run);
  run.text = in.bytes(text_bytes);
  if (in.failed())
    return malformed("a token run");
  return batch_item{std::move(run)};
}

} // namespace

result<std::vector<batch_item>>
decode_items(std::string_view body, std::uint64_t events) {
  byte_reader in{body};
  time_reader times;
  std::vector<batch_item> items;
  std::uint64_t found = 0;
  while (in.remaining() > 0) {
    auto tag = in.varint();
    if (in.failed())
      return malformed("an item's tag");
    auto item =
        tag == token_run_tag ? get_run(in, times) : get_event(in, tag, times);
    if (!item)
      return std::move(item).error();
    found += count_of(*item);
    items.push_back(*std::move(item));
  }
  if (!in.done() || found != events)
    return malformed("its count of events");
  return items;
}

} // namespace detail

std::string encode_items(const event_batch& batch) {
  std::string out;
  detail::time_writer times;
  for (const auto& item : batch.items) {
    if (auto* run = std::get_if<token_run>(&item)) {
      if (!run->marks.empty())
        detail::put_run(out, *run, times);
    } else {
      detail::put_event(out, std::get<stamped_event>(item), times);
    }
  }
  return out;
}

} // namespace hansard
