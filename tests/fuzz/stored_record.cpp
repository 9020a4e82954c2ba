#include "storage/event_log.hpp"
#include "storage/format/items.hpp"
#include "storage/format/sealed_columns.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hansard;

namespace {

void try_items(std::string_view body, std::uint64_t events) {
  auto items = detail::decode_items(body, events);
  if (!items) {
    fuzz::require(
        items.error().code == ec::corrupt, "a refused body is corrupt");
    return;
  }
  event_batch batch;
  batch.items = *std::move(items);
  fuzz::require(batch.size() == events, "the count is the record's");
  auto again = detail::decode_items(encode_items(batch), events);
  fuzz::require(
      again && *again == batch.items, "what was written is read as it was");
}

void try_sealed(std::string_view body, std::uint64_t events) {
  constexpr log_position first{1000};
  auto sealed = detail::decode_sealed(body, first, events);
  if (!sealed) {
    fuzz::require(
        sealed.error().code == ec::corrupt, "a refused body is corrupt");
    return;
  }
  fuzz::require(
      sealed->run.marks.size() == events, "the count is the record's");
  fuzz::require(
      sealed->positions.front().first == first,
      "the key is the first position");
  auto again = detail::decode_sealed(
      detail::encode_sealed(sealed->positions, sealed->run), first, events);
  fuzz::require(
      again && again->positions == sealed->positions
          && again->run == sealed->run,
      "what was written is read as it was");
}

} // namespace

/// Input: count of events (a byte), body of a record. Whatever the bytes, each
/// reader gives `corrupt` or what is the same after it was written and read.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  auto events = in.byte();
  try_items(in.rest(), events);
  try_sealed(in.rest(), events);
  return 0;
}
