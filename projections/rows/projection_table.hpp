#pragma once

#include "projections/rows/row_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::detail {

/// A projection's hold on its table: its checkpoint, and the format of its
/// rows. Rows of another format, from before an upgrade, are deleted when the
/// table is opened, and so folded anew.
class projection_table {
public:
  /// @param name must outlive this.
  /// @param format raised whenever a fold would write other rows than before.
  projection_table(row_store& rows, std::string_view name, std::uint8_t format);

  std::string_view name() const { return name_; }
  log_position checkpoint() const { return checkpoint_; }

  /// Why the table can't be used: it could not be opened.
  const std::optional<error>& failure() const { return failure_; }

  result<std::optional<std::string>> get(std::string_view key) const {
    return rows_->get(name_, key);
  }

  /// On failure nothing has changed.
  result<void>
  write(std::vector<row_store::change>& changes, log_position checkpoint);

  result<void> clear();

private:
  result<void> open();

  row_store* rows_;
  std::string_view name_;
  std::uint8_t format_;
  log_position checkpoint_;
  std::optional<error> failure_;
};

} // namespace hansard::detail
