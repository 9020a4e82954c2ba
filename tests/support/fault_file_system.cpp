#include "tests/support/fault_file_system.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace hansard::test {

namespace {

namespace fs = std::filesystem;

std::string normal(const std::string& path) {
  return fs::path(path).lexically_normal().string();
}

std::string folder_of(const std::string& path) {
  return fs::path(path).parent_path().string();
}

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

void put_content(const std::string& path, const std::string& content) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
}

class fault_file : public rocksdb::FSWritableFileOwnerWrapper {
public:
  fault_file(
      std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
      std::uint64_t size, fault_file_system& disk)
      : FSWritableFileOwnerWrapper(std::move(file)),
        path_(std::move(path)),
        size_(size),
        disk_(disk) {}

  rocksdb::IOStatus Append(
      const rocksdb::Slice& data, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override {
    auto allowed = disk_.allow(disk_call::write, path_);
    if (!allowed.ok() && disk_.power_is_off())
      return allowed;
    auto take = allowed.ok() ? data.size() : data.size() / 2;
    auto written = FSWritableFileOwnerWrapper::Append(
        rocksdb::Slice(data.data(), take), options, debug);
    size_ += take;
    disk_.note_written(path_, size_);
    return allowed.ok() ? written : allowed;
  }
  rocksdb::IOStatus Append(
      const rocksdb::Slice& data, const rocksdb::IOOptions& options,
      const rocksdb::DataVerificationInfo&,
      rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Truncate(
      std::uint64_t size, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override {
    auto allowed = disk_.allow(disk_call::write, path_);
    if (!allowed.ok())
      return allowed;
    size_ = size;
    disk_.note_written(path_, size_);
    return FSWritableFileOwnerWrapper::Truncate(size, options, debug);
  }
  rocksdb::IOStatus Sync(
      const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override {
    auto allowed = disk_.allow(disk_call::sync, path_);
    if (!allowed.ok())
      return allowed;
    auto flushed = FSWritableFileOwnerWrapper::Flush(options, debug);
    disk_.note_synced(path_);
    return flushed;
  }
  rocksdb::IOStatus Fsync(
      const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // Reserving blocks takes time and changes nothing here.
  rocksdb::IOStatus Allocate(
      std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
      rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
  // Only a hint to the kernel: makes nothing durable.
  rocksdb::IOStatus RangeSync(
      std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
      rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }

private:
  std::string path_;
  std::uint64_t size_;
  fault_file_system& disk_;
};

class fault_folder : public rocksdb::FSDirectoryWrapper {
public:
  fault_folder(
      std::unique_ptr<rocksdb::FSDirectory> folder, std::string path,
      fault_file_system& disk)
      : FSDirectoryWrapper(std::move(folder)),
        path_(std::move(path)),
        disk_(disk) {}

  rocksdb::IOStatus
  Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    auto allowed = disk_.allow(disk_call::sync_folder, path_);
    if (allowed.ok())
      disk_.note_folder_synced(path_);
    return allowed;
  }
  rocksdb::IOStatus FsyncWithDirOptions(
      const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug,
      const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

private:
  std::string path_;
  fault_file_system& disk_;
};

} // namespace

void fault_file_system::fail_after(
    std::uint64_t calls, std::vector<disk_call> kinds, rocksdb::IOStatus status,
    std::string suffix) {
  std::lock_guard lock{mutex_};
  struck_ = false;
  fault_ = fault{calls, std::move(kinds), std::move(status), std::move(suffix)};
}

void fault_file_system::cut_power_after(std::uint64_t calls) {
  fail_after(
      calls,
      {disk_call::write, disk_call::sync, disk_call::create,
       disk_call::change_folder, disk_call::sync_folder},
      rocksdb::IOStatus::IOError("power is off"));
  std::lock_guard lock{mutex_};
  fault_->power_cut = true;
}

void fault_file_system::heal() {
  std::lock_guard lock{mutex_};
  fault_.reset();
}

bool fault_file_system::struck() const {
  std::lock_guard lock{mutex_};
  return struck_;
}

std::uint64_t
fault_file_system::unsynced_bytes(const std::string& suffix) const {
  std::lock_guard lock{mutex_};
  std::uint64_t bytes = 0;
  for (const auto& [path, file] : files_) {
    if (path.ends_with(suffix))
      bytes += file.size - file.synced;
  }
  return bytes;
}

bool fault_file_system::power_is_off() const {
  std::lock_guard lock{mutex_};
  return struck_ && fault_ && fault_->power_cut;
}

rocksdb::IOStatus
fault_file_system::allow(disk_call call, const std::string& path) {
  std::lock_guard lock{mutex_};
  // The info log says nothing that matters: it does not count.
  auto name = fs::path(path).filename().string();
  bool off = struck_ && fault_ && fault_->power_cut;
  if (!off
      && (!fault_ || name == "LOG" || name.starts_with("LOG.")
          || !path.ends_with(fault_->suffix)
          || std::find(fault_->kinds.begin(), fault_->kinds.end(), call)
                 == fault_->kinds.end()))
    return rocksdb::IOStatus::OK();
  if (fault_->calls_left > 0) {
    --fault_->calls_left;
    return rocksdb::IOStatus::OK();
  }
  struck_ = true;
  return fault_->status;
}

void fault_file_system::note_written(
    const std::string& path, std::uint64_t size) {
  std::lock_guard lock{mutex_};
  auto& file = files_[path];
  file.size = size;
  file.synced = std::min(file.synced, size);
}

void fault_file_system::note_synced(const std::string& path) {
  std::lock_guard lock{mutex_};
  auto& file = files_[path];
  file.synced = file.size;
}

void fault_file_system::note_folder_synced(const std::string& folder) {
  std::lock_guard lock{mutex_};
  std::erase_if(
      pending_, [&](const auto& change) { return change.folder == folder; });
}

void fault_file_system::note_change(pending_change change) {
  std::lock_guard lock{mutex_};
  change.folder = folder_of(change.path);
  pending_.push_back(std::move(change));
}

rocksdb::IOStatus fault_file_system::NewWritableFile(
    const std::string& raw, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* file,
    rocksdb::IODebugContext* debug) {
  auto path = normal(raw);
  auto allowed = allow(disk_call::create, path);
  if (!allowed.ok())
    return allowed;
  auto former = content_of(path);
  auto status = target()->NewWritableFile(path, options, file, debug);
  if (!status.ok())
    return status;
  if (!former)
    note_change({.path = path});
  note_written(path, 0);
  *file = std::make_unique<fault_file>(std::move(*file), path, 0, *this);
  return status;
}

rocksdb::IOStatus fault_file_system::ReopenWritableFile(
    const std::string& raw, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* file,
    rocksdb::IODebugContext* debug) {
  auto path = normal(raw);
  auto allowed = allow(disk_call::create, path);
  if (!allowed.ok())
    return allowed;
  auto status = target()->ReopenWritableFile(path, options, file, debug);
  if (!status.ok())
    return status;
  std::error_code ignored;
  auto size = fs::file_size(path, ignored);
  {
    std::lock_guard lock{mutex_};
    files_.try_emplace(path, written_file{size, size});
  }
  *file = std::make_unique<fault_file>(std::move(*file), path, size, *this);
  return status;
}

rocksdb::IOStatus fault_file_system::NewDirectory(
    const std::string& raw, const rocksdb::IOOptions& options,
    std::unique_ptr<rocksdb::FSDirectory>* folder,
    rocksdb::IODebugContext* debug) {
  auto status = target()->NewDirectory(raw, options, folder, debug);
  if (status.ok()) {
    auto path = normal(raw);
    if (path.size() > 1 && path.ends_with('/'))
      path.pop_back();
    *folder = std::make_unique<fault_folder>(std::move(*folder), path, *this);
  }
  return status;
}

rocksdb::IOStatus fault_file_system::CreateDirIfMissing(
    const std::string& raw, const rocksdb::IOOptions& options,
    rocksdb::IODebugContext* debug) {
  auto path = normal(raw);
  if (fs::exists(path))
    return rocksdb::IOStatus::OK();
  auto allowed = allow(disk_call::change_folder, path);
  if (!allowed.ok())
    return allowed;
  auto status = target()->CreateDirIfMissing(path, options, debug);
  if (status.ok())
    note_change({.path = path, .is_folder = true});
  return status;
}

rocksdb::IOStatus fault_file_system::DeleteFile(
    const std::string& raw, const rocksdb::IOOptions& options,
    rocksdb::IODebugContext* debug) {
  auto path = normal(raw);
  auto allowed = allow(disk_call::change_folder, path);
  if (!allowed.ok())
    return allowed;
  auto former = content_of(path);
  auto status = target()->DeleteFile(path, options, debug);
  if (status.ok())
    note_change({.path = path, .former = std::move(former)});
  return status;
}

rocksdb::IOStatus fault_file_system::RenameFile(
    const std::string& raw_from, const std::string& raw_to,
    const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
  auto from = normal(raw_from);
  auto to = normal(raw_to);
  auto allowed = allow(disk_call::change_folder, to);
  if (!allowed.ok())
    return allowed;
  auto former = content_of(to);
  auto status = target()->RenameFile(from, to, options, debug);
  if (!status.ok())
    return status;
  note_change({.path = to, .renamed_from = from, .former = std::move(former)});
  std::lock_guard lock{mutex_};
  if (auto found = files_.find(from); found != files_.end()) {
    files_[to] = found->second;
    files_.erase(found);
  }
  return status;
}

void fault_file_system::undo(const pending_change& change) {
  std::error_code ignored;
  if (!change.renamed_from.empty()) {
    fs::rename(change.path, change.renamed_from, ignored);
    if (auto found = files_.find(change.path); found != files_.end()) {
      files_[change.renamed_from] = found->second;
      files_.erase(found);
    }
  } else {
    fs::remove_all(change.path, ignored);
    files_.erase(change.path);
  }
  if (change.former)
    put_content(change.path, *change.former);
}

void fault_file_system::undo_folder_changes(chooser& choose) {
  // Journals keep the order within a folder: some beginning survives.
  std::set<std::string> folders;
  for (const auto& change : pending_)
    folders.insert(change.folder);
  for (const auto& folder : folders) {
    auto of_folder = [&](const auto& change) {
      return change.folder == folder;
    };
    auto count = static_cast<std::uint64_t>(
        std::count_if(pending_.begin(), pending_.end(), of_folder));
    auto lost = choose.between(0, count);
    for (auto change = pending_.rbegin(); change != pending_.rend() && lost > 0;
         ++change) {
      if (!of_folder(*change))
        continue;
      undo(*change);
      --lost;
    }
  }
  pending_.clear();
}

void fault_file_system::cut_files(chooser& choose) {
  for (const auto& [path, file] : files_) {
    std::error_code failed;
    if (file.size == file.synced || !fs::exists(path))
      continue;
    auto kept = file.synced + choose.between(0, file.size - file.synced);
    fs::resize_file(path, kept, failed);
    // Preallocated blocks that the data never reached read as zeros.
    if (kept == file.synced && choose.one_in(2))
      fs::resize_file(path, file.size, failed);
  }
  files_.clear();
}

void fault_file_system::lose_unsynced(chooser& choose) {
  std::lock_guard lock{mutex_};
  undo_folder_changes(choose);
  cut_files(choose);
  fault_.reset();
  struck_ = false;
}

} // namespace hansard::test
