#pragma once

#include "events/batch.hpp"
#include "events/ids.hpp"
#include "storage/event_log.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace hansard::benchmark {

/// What a log is filled with: sessions whose turns run side by side.
struct sample_shape {
  std::uint32_t sessions = 1;
  std::uint32_t turns = 1;
  std::uint32_t tokens = 250;
  /// Tokens that one append holds.
  std::uint32_t tokens_per_frame = 4;
};

/// A folder for one measurement's files, on the disk that HANSARD_BENCH_FOLDER
/// names (default /var/tmp); removed at the end.
class sample_folder {
public:
  sample_folder();
  sample_folder(const sample_folder&) = delete;
  sample_folder& operator=(const sample_folder&) = delete;
  ~sample_folder();

  std::string file(const std::string& name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

/// The value of a result that can't fail unless the machine does.
template <class T>
T expect(result<T> r, const char* what);
[[noreturn]] void give_up(const char* what, const std::string& why);

/// A RocksDB event log in a folder of its own.
class sample_log {
public:
  sample_log();
  /// … in `path`, which stays; what is there is kept.
  explicit sample_log(const std::string& path);

  event_log& log() { return *log_; }
  const std::vector<stream_id>& streams() const { return streams_; }
  std::uint64_t events() const { return events_; }

  /// Adds sessions with ended and sealed turns.
  void fill(const sample_shape& shape);
  /// Adds sessions whose turn runs on, as a kill leaves them.
  void fill_streaming(const sample_shape& shape);

  /// Makes a group durable; every request is taken.
  void append(const std::vector<std::shared_ptr<event_batch>>& group);

private:
  void seal(const std::vector<stream_id>& streams);
  std::vector<stream_id> add_streams(std::uint32_t count);
  void append_tokens(
      const std::vector<stream_id>& streams, const sample_shape& shape);

  std::optional<sample_folder> folder_;
  std::unique_ptr<event_log> log_;
  std::vector<stream_id> streams_;
  std::unordered_map<stream_id, std::uint64_t> versions_;
  std::uint64_t events_ = 0;
};

/// A stream id that no other call gives.
stream_id new_stream();
/// … nor one in a process that passes over another number of them.
void pass_over_streams(std::uint64_t count);

/// The events before the first token of a stream's turn number `turn` (from
/// 0); with session_opened for the first.
std::shared_ptr<event_batch>
turn_opening(const stream_id& stream, std::uint32_t turn = 0);

/// Tokens that are English words, a millisecond apart. Any thread.
std::shared_ptr<event_batch>
token_batch(const stream_id& stream, std::uint32_t tokens);

/// generation_completed.
std::shared_ptr<event_batch>
turn_ending(const stream_id& stream, std::uint32_t turn = 0);

template <class T>
T expect(result<T> r, const char* what) {
  if (!r)
    give_up(what, r.error().message);
  if constexpr (!std::is_void_v<T>)
    return std::move(*r);
}

} // namespace hansard::benchmark
