#include "projections/rows/projection_table.hpp"

#include <spdlog/spdlog.h>

namespace hansard::detail {

namespace {

/// Shorter than any key of a fold.
const std::string format_key(1, '\0');

} // namespace

projection_table::projection_table(
    row_store& rows, std::string_view name, std::uint8_t format)
    : rows_(&rows),
      name_(name),
      format_(format) {
  if (auto opened = open(); !opened)
    failure_ = opened.error();
}

result<void> projection_table::open() {
  auto checkpoint = rows_->checkpoint(name_);
  if (!checkpoint)
    return checkpoint.error();
  if (checkpoint->value == 0)
    return {};
  auto format = rows_->get(name_, format_key);
  if (!format)
    return format.error();
  if (*format == std::string(1, static_cast<char>(format_))) {
    checkpoint_ = *checkpoint;
    return {};
  }
  spdlog::info("projection {}: rows of another format, folding anew", name_);
  return rows_->clear(name_);
}

result<void> projection_table::write(
    std::vector<row_store::change>& changes, log_position checkpoint) {
  if (failure_)
    return *failure_;
  if (checkpoint_.value == 0)
    changes.push_back({format_key, std::string(1, static_cast<char>(format_))});
  if (auto written = rows_->write(name_, changes, checkpoint); !written)
    return written;
  checkpoint_ = checkpoint;
  return {};
}

result<void> projection_table::clear() {
  if (auto cleared = rows_->clear(name_); !cleared)
    return cleared;
  checkpoint_ = {};
  failure_.reset();
  return {};
}

} // namespace hansard::detail
