#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "events/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Bytes and events. The envelope (position, stream, version, time, type,
/// schema) is storage's; here is the payload, written by cereal through the
/// archives of archive.hpp.
namespace hansard {

/// Appends the payload of `e` in its newest schema to `out`.
void encode(const event& e, std::string& out);

/// Reads a payload of any schema ever released, upcast to the newest.
/// An unknown type or a newer schema gives an unknown_event, not an error.
/// @returns corrupt: the bytes are not such a payload (short, long, a length
///          beyond the end, an enum out of range). Never throws; never
///          allocates more than a small multiple of `payload.size()`.
result<event>
decode(std::uint16_t type, std::uint16_t schema, std::string_view payload);

/// One event as a line of JSON without the line feed, for exports and
/// `hansard events`: the envelope's members, then the event's under `data`.
/// Raw JSON inside messages is embedded as it is, but for line ends between its
/// tokens, which become spaces.
std::string to_json(const recorded_event& e);

} // namespace hansard
