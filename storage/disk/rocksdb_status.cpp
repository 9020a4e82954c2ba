#include "storage/disk/rocksdb_status.hpp"

#include <string>
#include <utility>

namespace hansard::detail {

error to_error(const rocksdb::Status& status, std::string_view doing) {
  auto what = std::string(doing) + " failed: " + status.ToString() + ".";
  if (status.IsNoSpace())
    return make_error(ec::storage_full, what + " Make room on the disk.");
  return make_error(
      status.IsCorruption() ? ec::corrupt : ec::storage_failed,
      std::move(what));
}

bool is_lock_conflict(const rocksdb::Status& status) {
  // RocksDB has no code of its own for it.
  auto text = status.ToString();
  return text.find("lock hold by current process") != std::string::npos
         || (text.find("While lock file") != std::string::npos
             && text.find("Resource temporarily unavailable")
                    != std::string::npos);
}

} // namespace hansard::detail
