#pragma once

#include "tests/support/random.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hansard::test {

/// What a fault may strike.
enum class disk_call { write, sync, create, change_folder, sync_folder };

/// A file system over the real one that fails when a test says so, and that
/// knows what a power cut would take: data that no sync covered, and names
/// whose folder was not synced. Syncs do not reach the real disk, so that
/// tests are fast. Any thread.
class fault_file_system : public rocksdb::FileSystemWrapper {
public:
  fault_file_system()
      : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "fault_file_system"; }

  /// Lets `calls` more calls of `kinds` pass (and of files whose name ends in
  /// `suffix`); from then on they fail with `status`. A failing write leaves
  /// half of its bytes.
  void fail_after(
      std::uint64_t calls, std::vector<disk_call> kinds,
      rocksdb::IOStatus status, std::string suffix = "");
  /// Lets `calls` more calls that change the disk pass, then the power is off:
  /// nothing succeeds, nothing is left half written.
  void cut_power_after(std::uint64_t calls);
  /// All is well again.
  void heal();
  /// Whether a call has failed.
  bool struck() const;
  /// Bytes of a file that a power cut can take.
  std::uint64_t unsynced_bytes(const std::string& suffix) const;

  /// Makes the disk what a power cut leaves: of what was not synced any
  /// beginning survives, by `choose`. Everything is closed; heals.
  void lose_unsynced(chooser& choose);

  /// For the files that this file system hands out.
  rocksdb::IOStatus allow(disk_call call, const std::string& path);
  bool power_is_off() const;
  void note_written(const std::string& path, std::uint64_t size);
  void note_synced(const std::string& path);
  void note_folder_synced(const std::string& folder);

  rocksdb::IOStatus NewWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* file,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* file,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(
      const std::string& path, const rocksdb::IOOptions& options,
      std::unique_ptr<rocksdb::FSDirectory>* folder,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(
      const std::string& path, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(
      const std::string& path, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(
      const std::string& from, const std::string& to,
      const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override;

private:
  struct fault {
    std::uint64_t calls_left = 0;
    std::vector<disk_call> kinds;
    rocksdb::IOStatus status;
    std::string suffix;
    bool power_cut = false;
  };
  struct written_file {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  /// A change of names that its folder's sync has not covered.
  struct pending_change {
    std::string folder = {};
    /// What to undo: `path` came to be (from `renamed_from`, if that is not
    /// empty), or went.
    std::string path = {};
    std::string renamed_from = {};
    bool is_folder = false;
    /// What was under `path` before.
    std::optional<std::string> former = {};
  };

  void note_change(pending_change change);
  void undo(const pending_change& change);
  void undo_folder_changes(chooser& choose);
  void cut_files(chooser& choose);

  mutable std::mutex mutex_;
  std::optional<fault> fault_;
  bool struck_ = false;
  std::map<std::string, written_file> files_;
  std::vector<pending_change> pending_;
};

/// The Env by which a log uses `fs`.
inline std::unique_ptr<rocksdb::Env>
env_on(std::shared_ptr<fault_file_system> fs) {
  return rocksdb::NewCompositeEnv(std::move(fs));
}

} // namespace hansard::test
