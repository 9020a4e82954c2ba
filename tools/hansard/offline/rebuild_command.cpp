#include "tools/hansard/offline/rebuild_command.hpp"

#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "projections/usage/usage.hpp"
#include "storage/event_log.hpp"
#include "tools/hansard/config/data_folder.hpp"
#include "tools/hansard/offline/refuse.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using projection_list = std::array<std::unique_ptr<projection>, 3>;

projection_list projections_over(row_store& rows) {
  return {
      make_session_list(rows), make_message_history(rows), make_usage(rows)};
}

result<std::size_t> rows_in(const row_store& rows, std::string_view table) {
  std::size_t count = 0;
  auto done = rows.scan(table, "", "", [&](auto, auto) {
    ++count;
    return true;
  });
  if (!done)
    return done.error();
  return count;
}

/// How many rows of `table` are in one store and not, or with another value,
/// in the other.
result<std::size_t>
differences(const row_store& a, const row_store& b, std::string_view table) {
  std::size_t count = 0;
  error trouble{ec::none, {}, {}};
  const auto compare = [&](const row_store& from, const row_store& with,
                           bool values) {
    auto done = from.scan(
        table, "", "", [&](std::string_view key, std::string_view value) {
          auto other = with.get(table, key);
          if (!other) {
            trouble = other.error();
            return false;
          }
          if (!*other || (values && **other != value))
            ++count;
          return true;
        });
    if (!done)
      trouble = done.error();
  };
  compare(a, b, true);
  // The second way finds rows that only `b` has.
  compare(b, a, false);
  if (trouble.code != ec::none)
    return trouble;
  return count;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

exit_code rebuild_stored(row_store& rows, const event_log& log) {
  for (const auto& projection : projections_over(rows)) {
    const auto start = std::chrono::steady_clock::now();
    auto reached = rebuild(*projection, log);
    if (!reached)
      return refuse(reached.error());
    const auto seconds = seconds_since(start);
    auto count = rows_in(rows, projection->name());
    if (!count)
      return refuse(count.error());
    fmt::print(
        "{}: {} events folded into {} rows in {:.2f} s\n", projection->name(),
        reached->value, *count, seconds);
  }
  return exit_code::ok;
}

exit_code check_stored(row_store& rows, const event_log& log) {
  const auto fresh = make_memory_row_store();
  const auto stored_list = projections_over(rows);
  const auto fresh_list = projections_over(*fresh);
  auto outcome = exit_code::ok;
  for (std::size_t i = 0; i < stored_list.size(); ++i) {
    const auto name = stored_list[i]->name();
    if (auto reached = catch_up(*stored_list[i], log); !reached)
      return refuse(reached.error());
    auto reached = rebuild(*fresh_list[i], log);
    if (!reached)
      return refuse(reached.error());
    auto found = differences(rows, *fresh, name);
    auto count = rows_in(*fresh, name);
    if (!found || !count)
      return refuse(found ? count.error() : found.error());
    if (*found == 0) {
      fmt::print(
          "{}: {} rows at position {}, equal to a rebuild\n", name, *count,
          reached->value);
    } else {
      fmt::print(
          stderr,
          "hansard: {}: {} rows differ from a rebuild at position {}; run "
          "`hansard rebuild`.\n",
          name, *found, reached->value);
      outcome = exit_code::different;
    }
  }
  return outcome;
}

} // namespace

exit_code rebuild_command::run() const {
  const data_folder folder{storage_path};
  if (auto unheld = check_unheld(folder); !unheld)
    return refuse(unheld.error());
  rocksdb_log_options options;
  options.path = folder.log();
  options.read_only = true;
  auto log = open_rocksdb_event_log(options);
  if (!log)
    return refuse(log.error());
  // Writable, so that a server that is started meanwhile finds it held.
  auto rows = open_row_store(folder.projections());
  if (!rows)
    return refuse(rows.error());
  return check ? check_stored(**rows, **log) : rebuild_stored(**rows, **log);
}

} // namespace hansard
