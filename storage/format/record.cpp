#include "storage/format/record.hpp"

#include "storage/format/items.hpp"
#include "storage/format/keys.hpp"
#include "storage/format/varint.hpp"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace hansard::detail {

namespace {

constexpr std::size_t checksum_bytes = 4;

/// Over the key too: a record that turns up under another position is as
/// wrong as a flipped byte.
std::uint32_t checksum_of(std::string_view record, log_position position) {
  return static_cast<std::uint32_t>(
      XXH3_64bits_withSeed(record.data(), record.size(), position.value));
}

error broken(log_position position, std::string_view what) {
  return make_error(
      ec::corrupt, "The log's record at position "
                       + std::to_string(position.value) + " "
                       + std::string(what) + ".");
}

/// Whether `count` numbers from `first` on are all numbers, and not 0.
bool fits(std::uint64_t first, std::uint64_t count) {
  return first > 0 && count > 0
         && count - 1 <= std::numeric_limits<std::uint64_t>::max() - first;
}

} // namespace

std::string write_record(const record_view& record, log_position position) {
  std::string out;
  out.reserve(record.body.size() + 48);
  out.push_back(static_cast<char>(record.kind));
  out.append(
      reinterpret_cast<const char*>(record.stream.bytes.data()),
      record.stream.bytes.size());
  put_varint(out, record.first_version.value);
  put_varint(out, record.count);
  out += record.body;
  append_big(out, checksum_of(out, position));
  return out;
}

result<record_view> read_record(std::string_view bytes, log_position position) {
  if (bytes.size() < checksum_bytes)
    return broken(position, "is too short");
  auto checksum =
      read_big<std::uint32_t>(bytes.substr(bytes.size() - checksum_bytes));
  bytes.remove_suffix(checksum_bytes);
  if (checksum != checksum_of(bytes, position))
    return broken(position, "fails its checksum");
  byte_reader in{bytes};
  record_view view;
  view.kind = static_cast<record_kind>(in.byte());
  auto stream = in.bytes(view.stream.bytes.size());
  std::copy(stream.begin(), stream.end(), view.stream.bytes.begin());
  view.first_version = {in.varint()};
  view.count = in.varint();
  view.body = in.bytes(in.remaining());
  if (in.failed()
      || (view.kind != record_kind::batch && view.kind != record_kind::sealed)
      || !fits(view.first_version.value, view.count)
      || !fits(position.value, view.count))
    return broken(position, "has a malformed envelope");
  return view;
}

result<event_batch>
decode_record(const record_view& record, log_position position) {
  event_batch batch;
  batch.stream = record.stream;
  batch.first_version = record.first_version;
  if (record.kind == record_kind::batch) {
    auto items = decode_items(record.body, record.count);
    if (!items)
      return broken(position, "is damaged: " + items.error().message);
    batch.items = *std::move(items);
    batch.positions.push_back({position, record.count});
    return batch;
  }
  auto sealed = decode_sealed(record.body, position, record.count);
  if (!sealed)
    return broken(position, "is damaged: " + sealed.error().message);
  batch.items.emplace_back(std::move(sealed->run));
  batch.positions = std::move(sealed->positions);
  return batch;
}

} // namespace hansard::detail
