#pragma once

#include "events/boxed.hpp"
#include "events/event.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace hansard {

/// One event with the moment at which it happened. Boxed, because most items of
/// most batches are runs of tokens, a tenth of an event's size.
struct stamped_event {
  timestamp at;
  boxed<event> body;

  bool operator==(const stamped_event&) const = default;
};

/// One token of a token_run.
struct token_mark {
  timestamp at;
  /// Bytes of the run's text.
  std::uint32_t length = 0;
  token_channel channel = token_channel::answer;

  bool operator==(const token_mark&) const = default;
};

/// Consecutive token_generated events, each with its own version and time, kept
/// as columns: a thousand tokens are one string and one array, in memory, on
/// the way through the actors and on disk.
struct token_run {
  /// The tokens' texts, joined.
  std::string text;
  std::vector<token_mark> marks;

  bool operator==(const token_run&) const = default;
  bool empty() const { return marks.empty(); }
  void add(timestamp at, token_channel channel, std::string_view token);
  /// Adds the tokens of `other` behind these.
  void append(const token_run& other);
};

/// Bytes that the model said: all but substitutes.
std::size_t said_bytes(const token_run& run);

using batch_item = std::variant<stamped_event, token_run>;

/// Events, each token counted.
inline std::size_t count_of(const batch_item& item) {
  auto* run = std::get_if<token_run>(&item);
  return run ? run->marks.size() : 1;
}

/// `count` consecutive positions from `first`.
struct position_segment {
  log_position first;
  std::uint64_t count = 0;

  bool operator==(const position_segment&) const = default;
};

/// One event with its whole envelope; what for_each hands out.
struct recorded_event {
  log_position position;
  stream_id stream;
  stream_version version;
  timestamp at;
  event body;

  bool operator==(const recorded_event&) const = default;
};

/// Consecutive events of one stream. Before an append: what to record. After
/// it, and from every read: what is recorded, with versions and positions;
/// immutable from then on, and shared (`shared_ptr<const event_batch>`) by all
/// who need it. How events are grouped into batches carries no meaning.
struct event_batch {
  stream_id stream;
  /// Version of the first event; 0 before the append.
  stream_version first_version;
  /// In order; the counts sum to size(). Empty before the append. An append is
  /// one segment; a read may join several.
  std::vector<position_segment> positions;
  std::vector<batch_item> items;

  void add(timestamp at, event body);
  void add(token_run run);

  /// Events, each token counted.
  std::size_t size() const;
  stream_version last_version() const {
    return {first_version.value + size() - 1};
  }
  log_position first_position() const { return positions.front().first; }
  log_position last_position() const {
    const auto& last = positions.back();
    return {last.first.value + last.count - 1};
  }

  /// Calls `visit(recorded_event)` for each event in order, tokens one by one:
  /// for tests, exports and folds that are not in a hurry. The others visit
  /// `items`.
  template <class Visitor>
  void for_each(Visitor&& visit) const;
};

using batch_ptr = std::shared_ptr<const event_batch>;

namespace detail {

/// Whether a visitor that may return nothing wants more.
template <class Visitor, class... Args>
bool wants_more(Visitor& visit, const Args&... args) {
  if constexpr (std::is_void_v<
                    std::invoke_result_t<Visitor&, const Args&...>>) {
    visit(args...);
    return true;
  } else {
    return visit(args...);
  }
}

} // namespace detail

/// Calls `visit(version, item)` for each item of `batch` in order: the version
/// of its first event, counted on from `first`, and the item. A visitor that
/// returns bool stops the walk with false.
/// @returns the version behind the last item visited.
template <class Visitor>
stream_version
for_each_item(const event_batch& batch, stream_version first, Visitor&& visit) {
  for (const auto& item : batch.items) {
    auto next = first + count_of(item);
    if (!detail::wants_more(visit, first, item))
      return next;
    first = next;
  }
  return first;
}

template <class Visitor>
stream_version for_each_item(const event_batch& batch, Visitor&& visit) {
  return for_each_item(batch, batch.first_version, visit);
}

/// for_each_item() over the single events alone: `visit(version, single)`.
template <class Visitor>
void for_each_single(
    const event_batch& batch, stream_version first, Visitor&& visit) {
  for_each_item(
      batch, first, [&visit](stream_version version, const batch_item& item) {
        auto* single = std::get_if<stamped_event>(&item);
        return !single || detail::wants_more(visit, version, *single);
      });
}

template <class Visitor>
void for_each_single(const event_batch& batch, Visitor&& visit) {
  for_each_single(batch, batch.first_version, visit);
}

/// Walks the positions of a batch's events, first to last.
class position_cursor {
public:
  explicit position_cursor(const event_batch& batch)
      : segments_(&batch.positions) {}

  /// The position of the next event; 0 where the batch has none.
  log_position next();

private:
  const std::vector<position_segment>* segments_;
  std::size_t segment_ = 0;
  std::uint64_t offset_ = 0;
};

template <class Visitor>
void event_batch::for_each(Visitor&& visit) const {
  position_cursor cursor{*this};
  for_each_item(*this, [&](stream_version version, const batch_item& item) {
    if (auto* single = std::get_if<stamped_event>(&item)) {
      visit(recorded_event{
          cursor.next(), stream, version, single->at, *single->body});
      return;
    }
    const auto& run = std::get<token_run>(item);
    std::size_t offset = 0;
    for (const auto& mark : run.marks) {
      visit(recorded_event{
          cursor.next(), stream, version, mark.at,
          token_generated{mark.channel, run.text.substr(offset, mark.length)}});
      offset += mark.length;
      version = version.next();
    }
  });
}

} // namespace hansard
