#include "storage/disk/env_files.hpp"
#include "storage/disk/rocksdb_status.hpp"
#include "storage/rocksdb/rocksdb_log.hpp"
#include "storage/rocksdb/rocksdb_log_internal.hpp"
#include "storage/rocksdb/start_check.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <random>
#include <utility>

namespace hansard {

namespace detail {

namespace {

enum class folder_state {
  /// Nothing of a log, or of one whose making was cut short.
  fresh,
  log,
  /// Files of a log, but not the one that names the others.
  torso,
};

/// Whether a folder has files with data of a database.
result<bool> has_data(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  if (auto status = env.GetChildren(path, &names); !status.ok())
    return to_error(status, "Opening the log in " + path);
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    std::uint64_t size = 0;
    if (name.ends_with(".log"))
      return !(env.GetFileSize(path + "/" + name, &size).ok() && size == 0);
    return name.ends_with(".sst");
  });
}

result<folder_state> look_at(rocksdb::Env& env, const std::string& path) {
  if (env.FileExists(path + "/CURRENT").ok())
    return folder_state::log;
  if (env.FileExists(path).IsNotFound())
    return folder_state::fresh;
  auto data = has_data(env, path);
  if (!data)
    return std::move(data).error();
  return *data ? folder_state::torso : folder_state::fresh;
}

store_id random_id() {
  std::random_device source;
  store_id id{};
  for (auto& byte : id)
    byte = static_cast<std::uint8_t>(source());
  return id;
}

/// The steps of opening a log. Until nothing is left to refuse, nothing of it
/// is changed: RocksDB deletes files that a damaged manifest does not know, so
/// a log is opened for reading, and checked, before it is opened for writing.
class log_opener {
public:
  log_opener(const rocksdb_log_options& options, rocksdb::Env* env)
      : options_(options),
        env_(env) {
    auto& path = options_.path;
    while (path.size() > 1 && path.back() == '/')
      path.pop_back();
  }

  result<std::unique_ptr<event_log>> run() {
    if (auto done = prepare(); !done)
      return std::move(done).error();
    auto state = look_at(*env_, options_.path);
    if (!state)
      return std::move(state).error();
    bool creating = false;
    switch (*state) {
    case folder_state::torso:
      return damaged("its CURRENT file is gone");
    case folder_state::fresh:
      if (had_events())
        return damaged("the folder is empty, but there was a log in it");
      creating = true;
      break;
    case folder_state::log: {
      auto unborn = check_reading();
      if (!unborn)
        return std::move(unborn).error();
      creating = *unborn;
    }
    }
    if (options_.read_only && creating)
      return make_error(
          ec::storage_failed, "There is no log in " + options_.path + ".");
    if (!options_.read_only) {
      if (auto done = open_writing(creating); !done)
        return std::move(done).error();
    }
    return finish();
  }

private:
  error damaged(const std::string& what) const {
    return make_error(
        ec::corrupt,
        "The log in " + options_.path + " is damaged: " + what
            + ". Nothing was changed. Restore the folder, and the file "
            + anchor_path(options_.path) + ", from a backup.");
  }

  error explain(const error& e) const {
    return e.code == ec::corrupt ? damaged(e.message) : e;
  }

  bool had_events() const {
    return anchor_ && anchor_->head.position.value > 0;
  }

  result<void> prepare() {
    if (!options_.read_only) {
      auto status = make_folders(*env_, options_.path);
      if (!status.ok())
        return to_error(status, "Making the folder " + options_.path);
    }
    if (auto locked = check_lock(); !locked)
      return locked;
    auto text = read_file(*env_, anchor_path(options_.path));
    if (!text)
      return std::move(text).error();
    if (*text) {
      anchor_ = anchor_from(**text);
      if (!anchor_)
        return make_error(
            ec::corrupt,
            "The file " + anchor_path(options_.path)
                + ", which says how far the log had come, is damaged. If the "
                  "log is known to be whole, delete that file.");
    }
    return {};
  }

  /// Takes the lock and gives it back: what follows only reads, and must not
  /// do so while another process writes.
  result<void> check_lock() const {
    auto file = options_.path + "/LOCK";
    if (!env_->FileExists(file).ok())
      return {};
    rocksdb::FileLock* lock = nullptr;
    auto status = env_->LockFile(file, &lock);
    if (status.ok()) {
      env_->UnlockFile(lock);
      return {};
    }
    if (is_lock_conflict(status))
      return locked();
    // A reader may not be allowed to lock, and does not need to.
    if (options_.read_only)
      return {};
    return to_error(status, "Locking the log in " + options_.path);
  }

  error locked() const {
    return make_error(
        ec::storage_locked,
        "The log in " + options_.path
            + " is held by another process. Stop the Hansard that uses it, or "
              "give this one a folder of its own.");
  }

  error open_error(const rocksdb::Status& status) const {
    if (is_lock_conflict(status))
      return locked();
    // A file that the log needs is not there.
    if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound()
        || status.IsInvalidArgument())
      return damaged(status.ToString());
    return to_error(status, "Opening the log in " + options_.path);
  }

  /// Opens for reading and checks.
  /// @returns true: it is a log whose making was cut short before anything
  ///          was in it.
  result<bool> check_reading() {
    auto all = family_descriptors(options_);
    std::vector<std::string> present;
    auto listed = rocksdb::DB::ListColumnFamilies(
        database_options(options_, env_, nullptr), options_.path, &present);
    if (!listed.ok())
      return open_error(listed);
    bool complete =
        std::all_of(all.begin(), all.end(), [&](const auto& wanted) {
          return std::find(present.begin(), present.end(), wanted.name)
                 != present.end();
        });
    if (!complete) {
      auto data = has_data(*env_, options_.path);
      if (!data)
        return std::move(data).error();
      if (*data || anchor_)
        return damaged("its manifest lacks a part of it");
      return true;
    }
    auto opened = open_database(true);
    if (!opened)
      return std::move(opened).error();
    auto unborn = is_unborn(**opened);
    if (!unborn)
      return explain(unborn.error());
    if (*unborn && !had_events())
      return true;
    auto found = check_store(**opened, anchor_);
    if (!found)
      return explain(found.error());
    if (options_.read_only)
      keep(*std::move(opened), *found);
    return false;
  }

  result<std::unique_ptr<rocksdb_store>>
  open_database(bool read_only, bool creating = false) {
    auto settings =
        database_options(options_, env_, read_only ? nullptr : failure_);
    settings.create_if_missing = creating;
    settings.create_missing_column_families = creating;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    auto families = family_descriptors(options_);
    auto status = read_only
                      ? rocksdb::DB::OpenForReadOnly(
                          settings, options_.path, families, &handles, &db)
                      : rocksdb::DB::Open(
                          settings, options_.path, families, &handles, &db);
    if (!status.ok())
      return open_error(status);
    return std::make_unique<rocksdb_store>(
        std::unique_ptr<rocksdb::DB>{db}, std::move(handles));
  }

  result<void> open_writing(bool creating) {
    auto opened = open_database(false, creating);
    if (!opened)
      return std::move(opened).error();
    if (creating) {
      auto status = write_identity(**opened, random_id());
      if (!status.ok())
        return to_error(status, "Making the log in " + options_.path);
      anchor_.reset();
    }
    auto found = check_store(**opened, anchor_);
    if (!found)
      return explain(found.error());
    keep(*std::move(opened), *found);
    anchor now{found->id, found->head};
    if (anchor_ != now) {
      auto status =
          replace_file(*env_, anchor_path(options_.path), to_text(now));
      if (!status.ok())
        return to_error(status, "Writing " + anchor_path(options_.path));
    }
    opened_.written_anchor = now;
    return {};
  }

  void keep(std::unique_ptr<rocksdb_store> store, const store_identity& found) {
    opened_.store = std::move(store);
    opened_.id = found.id;
    opened_.head = found.head;
  }

  result<std::unique_ptr<event_log>> finish() {
    opened_.path = options_.path;
    opened_.env = env_;
    opened_.failure = failure_;
    opened_.read_only = options_.read_only;
    return std::unique_ptr<event_log>{
        std::make_unique<rocksdb_log>(std::move(opened_))};
  }

  rocksdb_log_options options_;
  rocksdb::Env* env_;
  std::shared_ptr<write_failure> failure_ = std::make_shared<write_failure>();
  /// What an earlier run wrote; nullopt: there is none.
  std::optional<anchor> anchor_;
  opened_store opened_;
};

} // namespace

std::string anchor_path(const std::string& path) { return path + ".anchor"; }

result<std::unique_ptr<event_log>>
open_rocksdb_event_log(const rocksdb_log_options& options, rocksdb::Env* env) {
  if (options.path.empty())
    return make_error(ec::invalid_request, "The log needs a folder.");
  return log_opener{options, env}.run();
}

} // namespace detail

result<std::unique_ptr<event_log>>
open_rocksdb_event_log(const rocksdb_log_options& options) {
  return detail::open_rocksdb_event_log(options, rocksdb::Env::Default());
}

} // namespace hansard
