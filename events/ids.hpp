#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// A place in an ordered sequence that starts at 1; 0 means "before the first".
template <class Tag>
struct ordinal {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const ordinal&) const = default;
  constexpr ordinal operator+(std::uint64_t n) const { return {value + n}; }
  constexpr ordinal next() const { return {value + 1}; }
};

/// Version of an event within its stream: 1, 2, 3 … without gaps. It is also
/// the id of the event on the wire (SSE `id:`, `Last-Event-ID`).
using stream_version = ordinal<struct stream_version_tag>;

/// Place of an event in the whole log. Increases strictly, without gaps as
/// appended; never reused.
using log_position = ordinal<struct log_position_tag>;

/// 128 bits in network order; the raw form of every id that Hansard makes.
struct id_bytes {
  std::array<std::uint8_t, 16> bytes{};

  constexpr auto operator<=>(const id_bytes&) const = default;
  bool is_nil() const { return *this == id_bytes{}; }
};

/// A ULID (github.com/ulid/spec): 48 bits of Unix milliseconds, then 80 random
/// bits, so that ids sort by the time at which they were made.
/// @param random 80 bits from a cryptographic source, as two words; only the
///        low 16 bits of `random_high` are used.
id_bytes make_ulid(
    std::uint64_t unix_ms, std::uint64_t random_high, std::uint64_t random_low);

/// Crockford base32 in the 26 upper-case characters of a ULID.
std::string to_base32(const id_bytes& id);

/// Reads 26 characters of Crockford base32, either case, without the spec's
/// aliases (I, L, O). nullopt: any other length or character, or more than
/// 128 bits.
std::optional<id_bytes> from_base32(std::string_view text);

/// An id of one kind. Text form: the kind's prefix, then 26 base32 characters.
template <class Kind>
struct tagged_id : id_bytes {
  constexpr auto operator<=>(const tagged_id&) const = default;

  std::string to_string() const {
    return std::string(Kind::prefix) + to_base32(*this);
  }

  static std::optional<tagged_id> parse(std::string_view text) {
    if (!text.starts_with(Kind::prefix))
      return std::nullopt;
    auto raw = from_base32(text.substr(Kind::prefix.size()));
    if (!raw)
      return std::nullopt;
    return tagged_id{*raw};
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes);
  }
};

struct session_kind {
  static constexpr std::string_view prefix = "sess_";
};
struct turn_kind {
  static constexpr std::string_view prefix = "turn_";
};
struct grant_kind {
  static constexpr std::string_view prefix = "grant_";
};
struct policy_kind {
  static constexpr std::string_view prefix = "policy_";
};
struct key_kind {
  static constexpr std::string_view prefix = "key_";
};

using session_id = tagged_id<session_kind>;
using turn_id = tagged_id<turn_kind>;
using grant_id = tagged_id<grant_kind>;
using policy_id = tagged_id<policy_kind>;
using key_id = tagged_id<key_kind>;

/// Names a stream of the log. A session's stream has the session's id.
struct stream_id : id_bytes {
  constexpr auto operator<=>(const stream_id&) const = default;
};

inline stream_id stream_of(const session_id& id) { return stream_id{id}; }
inline session_id session_of(const stream_id& id) { return session_id{id}; }

/// Agents, users, keys and grants. Its id can't be a session's: a ULID of the
/// first millisecond of 1970 is never made.
inline constexpr stream_id control_stream{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};

/// Refusals that belong to no session.
inline constexpr stream_id access_stream{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}}};

/// First bytes of the streams that hold claims of idempotency keys: as a ULID's
/// time they are in the year 10889.
inline constexpr std::array<std::uint8_t, 6> claim_prefix{0xff, 0xff, 0xff,
                                                          0xff, 0xff, 0xff};

inline bool is_claim_stream(const stream_id& id) {
  return std::equal(claim_prefix.begin(), claim_prefix.end(), id.bytes.begin());
}

/// False for the control, access and claim streams.
inline bool is_session_stream(const stream_id& id) {
  return id > access_stream && !is_claim_stream(id);
}

struct id_hash {
  std::size_t operator()(const id_bytes& id) const noexcept;
};

} // namespace hansard

template <>
struct std::hash<hansard::stream_id> : hansard::id_hash {};
template <class Kind>
struct std::hash<hansard::tagged_id<Kind>> : hansard::id_hash {};
