#pragma once

#include "events/batch.hpp"
#include "events/session/session_model.hpp"
#include "projections/projection.hpp"
#include "projections/rows/projection_table.hpp"
#include "projections/rows/row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hansard::detail {

/// How far the newest turn of a session is. Persisted; do not change existing
/// values.
enum class turn_stage : std::uint8_t {
  idle = 0,
  open = 1,
  /// An answer token or a tool call was recorded: a message will be left.
  answered = 2,
};

/// What the folds over session streams share: one row a session, in memory
/// while it changes, written at the next flush.
///
/// `Row` has `std::uint64_t version`: the version of the stream's last event
/// that changed it, 0 in a new one. Events up to it are skipped, so that to
/// fold what is folded already changes nothing, whatever the checkpoint says.
/// Whoever changes a row sets its version, and only then: which batches events
/// came in must not show in a row.
template <class Row>
class session_fold : public projection {
public:
  session_fold(row_store& rows, std::string_view name, std::uint8_t format)
      : table_(rows, name, format) {}

  std::string_view name() const final { return table_.name(); }
  log_position checkpoint() const final { return table_.checkpoint(); }

  result<void> fold(const event_batch& batch) final {
    if (table_.failure())
      return *table_.failure();
    if (!is_session_stream(batch.stream) || batch.positions.empty()
        || batch.last_position() <= table_.checkpoint())
      return {};
    if (auto known = check_types(batch); !known)
      return known;
    auto id = session_of(batch.stream);
    auto found = find(id);
    if (!found)
      return found.error();
    auto& changed = **found;
    auto before = changed.row.version;
    auto folded = fold_items(batch, id, changed.row);
    if (changed.row.version != before)
      changed.dirty = true;
    if (auto wrong = trouble())
      return *wrong;
    return folded;
  }

  result<void> flush(log_position up_to) final {
    std::vector<row_store::change> changes;
    for (auto& [id, entry] : sessions_)
      if (entry.dirty)
        collect(id, entry.stored, entry.row, changes);
    changes.insert(changes.end(), pending_.begin(), pending_.end());
    if (auto written = table_.write(changes, up_to); !written)
      return written;
    pending_.clear();
    if (sessions_.size() > max_idle_rows) {
      sessions_.clear();
      forget();
      return {};
    }
    for (auto& [id, entry] : sessions_) {
      if (!entry.dirty)
        continue;
      entry.dirty = false;
      entry.stored = entry.row;
    }
    return {};
  }

  result<void> reset() final {
    sessions_.clear();
    pending_.clear();
    forget();
    return table_.clear();
  }

protected:
  virtual std::string row_key(const session_id& id) const = 0;
  virtual void apply(
      const session_id& id, Row& row, stream_version version, timestamp at,
      const event& body) = 0;
  /// @param first version of the run's first token. That of its last is above
  ///        row.version; what the tokens up to there change, they have changed
  ///        in `row`.
  virtual void
  apply_run(Row& row, stream_version first, const token_run& run) = 0;
  /// Adds the changes that lead from `stored` (nullopt: no row) to `row`.
  virtual void collect(
      const session_id& id, const std::optional<Row>& stored, const Row& row,
      std::vector<row_store::change>& changes) const = 0;

  /// For folds with rows besides those of the sessions: what went wrong in
  /// apply(), and lets go of the rows that they keep, all of which are flushed
  /// or to be deleted.
  virtual std::optional<error> trouble() const { return std::nullopt; }
  virtual void forget() {}

  /// Changes besides those of the session's row, in order.
  std::vector<row_store::change>& pending() { return pending_; }

private:
  struct entry {
    Row row;
    std::optional<Row> stored;
    bool dirty = false;
  };

  /// Rows kept over a flush: the sessions at work, so that their next token
  /// needs no read.
  static constexpr std::size_t max_idle_rows = 4096;

  /// Before anything of the batch is folded.
  static result<void> check_types(const event_batch& batch) {
    for (const auto& item : batch.items) {
      auto* single = std::get_if<stamped_event>(&item);
      if (!single)
        continue;
      if (auto* unknown = std::get_if<unknown_event>(&*single->body))
        return make_error(
            ec::corrupt, "Session " + session_of(batch.stream).to_string()
                             + " has an event of type "
                             + std::to_string(unknown->type) + ", schema "
                             + std::to_string(unknown->schema)
                             + ", which this program does not know. Run the "
                               "newer Hansard that "
                               "wrote it.");
    }
    return {};
  }

  result<entry*> find(const session_id& id) {
    if (auto known = sessions_.find(id); known != sessions_.end())
      return &known->second;
    auto bytes = table_.get(row_key(id));
    if (!bytes)
      return bytes.error();
    entry loaded;
    if (*bytes) {
      loaded.stored = decode_row<Row>(**bytes);
      if (!loaded.stored)
        return damaged_rows(table_.name(), id.to_string());
      loaded.row = *loaded.stored;
    }
    return &sessions_.emplace(id, std::move(loaded)).first->second;
  }

  result<void>
  fold_items(const event_batch& batch, const session_id& id, Row& row) {
    bool found = true;
    for_each_item(batch, [&](stream_version version, const batch_item& item) {
      auto behind = version + count_of(item);
      if (behind.value - 1 <= row.version)
        return true;
      auto* single = std::get_if<stamped_event>(&item);
      found =
          row.version != 0
          || (single && std::holds_alternative<session_opened>(*single->body));
      if (found && single)
        apply(id, row, version, single->at, *single->body);
      else if (found)
        apply_run(row, version, std::get<token_run>(item));
      return found;
    });
    if (!found)
      return damaged_rows(table_.name(), id.to_string() + " is not there");
    return {};
  }

  projection_table table_;
  std::unordered_map<session_id, entry> sessions_;
  std::vector<row_store::change> pending_;
};

/// The index of the run's first answer token that is shown; nullopt: it has
/// none.
inline std::optional<std::size_t> first_answer_token(const token_run& run) {
  for (std::size_t i = 0; i < run.marks.size(); ++i)
    if (is_shown_answer(run.marks[i].channel))
      return i;
  return std::nullopt;
}

} // namespace hansard::detail
