#include "storage/disk/rocksdb_status.hpp"

#include <string>

namespace hansard::detail {

error to_error(const rocksdb::Status& status, std::string_view doing) {
  auto code = status.IsCorruption() ? ec::corrupt : ec::storage_failed;
  return make_error(
      code, std::string(doing) + " failed: " + status.ToString() + ".");
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
