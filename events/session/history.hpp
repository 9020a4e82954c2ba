#pragma once

#include "events/error.hpp"
#include "events/message.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace hansard {

/// What a client says of the messages that it sends.
enum class history_hint {
  infer,
  /// Only new messages.
  delta,
  /// The whole conversation.
  full,
};

/// Where a body's messages stand against the recorded history.
struct history_match {
  /// Recorded messages that stay; fewer than there are: a branch.
  std::size_t keep = 0;
  /// The first message of the body that is new. Its size: none is, and what
  /// stays is answered anew.
  std::size_t first_new = 0;
  /// System messages in front of `first_new` that the record has not, by their
  /// place in the body: new, too, and first.
  std::vector<std::size_t> systems{};

  bool operator==(const history_match&) const = default;
};

/// Tells new messages from repeated ones. The record is the truth:
///   delta  all of the body is new.
///   full   what equals the record from its start is a repetition, the rest is
///          new; where the record goes on differently, or further, a branch.
///   infer  a body that holds an answer which this server generated is a whole
///          history: nobody says the model's own words as news. It is laid
///          beside the record, system messages apart: those may change, come
///          and go without making the rest new. What the record has beyond it
///          is left, and the last message answered anew; where it departs, a
///          branch.
///          Any other body: one that equals the record, which waits for an
///          answer, is answered anew; one whose first message differs from the
///          recorded first, or that holds nothing beyond a matching prefix, is
///          all new; one that matches to the end of the record is full; one
///          that matches at first and then departs is a branch.
/// Messages are equal by match_digest(); equal bytes spare it.
/// @returns invalid_request: it is a whole history, and there is nothing to
///          answer.
/// @pre body is not empty.
result<history_match> match_history(
    std::span<const message> recorded, std::span<const message> body,
    history_hint hint);

} // namespace hansard
