#include "events/codec/codec.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hansard;

/// Input: type, schema (a byte each), payload. Whatever the bytes, decode()
/// gives `corrupt` or an event that is the same after it was written and read.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  std::uint16_t type = in.byte();
  std::uint16_t schema = in.byte();
  auto payload = in.rest();
  auto read = decode(type, schema, payload);
  if (!read) {
    fuzz::require(
        read.error().code == ec::corrupt, "a refused payload is corrupt");
    return 0;
  }
  fuzz::require(type_of(*read) == type, "the type stays");
  fuzz::require(schema_of(*read) >= schema, "the schema never goes back");

  std::string bytes;
  encode(*read, bytes);
  if (std::holds_alternative<unknown_event>(*read))
    fuzz::require(bytes == payload, "an unknown event keeps its bytes");
  auto again = decode(type, schema_of(*read), bytes);
  fuzz::require(again && *again == *read, "what was written is read as it was");

  auto line = to_json({{1}, control_stream, {1}, {}, std::move(*read)});
  fuzz::require(line.find('\n') == line.npos, "an event is one line");
  return 0;
}
