#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "storage/event_log.hpp"

#include <cstddef>
#include <deque>
#include <string>

namespace hansard {

/// The events of one stream as NDJSON, page by page: holds a few batches at a
/// time however long the stream is. Blocks on disk; one thread at a time.
class event_lines {
public:
  /// Everything that `stream` held when it was made; later events are left
  /// out, so that it ends.
  /// @param redacted what is for auditors alone is left out of them.
  event_lines(
      const event_log& log, const stream_id& stream, bool redacted = false);

  /// Appends whole lines to `out` until it has grown by about `bytes`.
  /// Nothing appended: that was all.
  result<void> next(std::string& out, std::size_t bytes);

private:
  result<void> read_more();
  void append_item(std::string& out, const event_batch& batch);

  const event_log& log_;
  stream_id stream_;
  bool redacted_;
  stream_version last_;
  /// The next event to write.
  stream_version next_{1};
  std::deque<batch_ptr> batches_;
  // The place in batches_.front():
  std::size_t item_ = 0;
  std::size_t mark_ = 0;
  std::size_t offset_ = 0;
  std::size_t segment_ = 0;
  std::uint64_t in_segment_ = 0;
  bool opened_ = false;
};

} // namespace hansard
