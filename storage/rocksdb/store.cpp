#include "storage/rocksdb/store.hpp"

#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"

#include <utility>

namespace hansard::detail {

rocksdb_store::~rocksdb_store() {
  for (auto* handle : handles_)
    db_->DestroyColumnFamilyHandle(handle);
}

result<std::optional<std::string>> rocksdb_store::get(
    family f, std::string_view key, const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  auto status = db_->Get(options, (*this)[f], to_slice(key), &value);
  if (status.ok())
    return std::optional{std::move(value)};
  if (status.IsNotFound())
    return std::optional<std::string>{};
  return to_error(status, "Reading the log");
}

std::unique_ptr<rocksdb::Iterator> store_view::stream_iterator(family f) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.prefix_same_as_start = true;
  return std::unique_ptr<rocksdb::Iterator>{
      store_.db().NewIterator(options, store_[f])};
}

std::unique_ptr<rocksdb::Iterator>
store_view::iterator(family f, bool scan) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.total_order_seek = true;
  options.fill_cache = !scan;
  return std::unique_ptr<rocksdb::Iterator>{
      store_.db().NewIterator(options, store_[f])};
}

rocksdb::Status store_view::get(
    family f, std::string_view key, rocksdb::PinnableSlice& value) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  value.Reset();
  return store_.db().Get(options, store_[f], to_slice(key), &value);
}

result<log_mark> store_view::head() const {
  auto row = get(family::meta, meta_key::head);
  if (!row)
    return std::move(row).error();
  auto mark = *row ? head_from_row(**row) : std::nullopt;
  if (!mark)
    return make_error(ec::corrupt, "The log's record of its end is damaged.");
  return *mark;
}

std::string to_head_row(const log_mark& mark) {
  std::string row;
  append_big(row, mark.position.value);
  append_big(row, mark.digest);
  return row;
}

std::optional<log_mark> head_from_row(std::string_view row) {
  if (row.size() != 16)
    return std::nullopt;
  return log_mark{
      {read_big<std::uint64_t>(row)}, read_big<std::uint64_t>(row.substr(8))};
}

} // namespace hansard::detail
