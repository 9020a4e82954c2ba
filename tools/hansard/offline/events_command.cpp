#include "tools/hansard/offline/events_command.hpp"

#include "events/codec/codec.hpp"
#include "storage/event_log.hpp"
#include "tools/hansard/config/data_folder.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace hansard {
namespace {

exit_code refuse(exit_code code, const std::string& message) {
  fmt::print(stderr, "hansard: {}\n", message);
  return code;
}

} // namespace

exit_code events_command::run() const {
  const data_folder folder{storage_path};
  std::optional<session_id> wanted;
  if (!session.empty()) {
    wanted = session_id::parse(session);
    if (!wanted)
      return refuse(
          exit_code::usage, fmt::format(
                                "--session: \"{}\" is no session; expected "
                                "\"sess_\" and 26 letters "
                                "and digits",
                                session));
  }
  if (auto unheld = check_unheld(folder); !unheld)
    return refuse(
        unheld.error().code == ec::not_found ? exit_code::cannot_create
                                             : exit_code::locked,
        unheld.error().message);
  rocksdb_log_options options;
  options.path = folder.log();
  options.read_only = true;
  auto log = open_rocksdb_event_log(options);
  if (!log)
    return refuse(exit_code_of(log.error().code), log.error().message);

  bool written = true;
  bool found_any = false;
  const auto print = [&](const batch_ptr& batch) {
    batch->for_each([&](const recorded_event& e) {
      // A batch may begin before what was asked for.
      const auto place = wanted ? e.version.value : e.position.value;
      if (!written || place < from)
        return;
      found_any = true;
      auto line = to_json(e);
      line += '\n';
      written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
    });
    return written;
  };
  auto done = wanted ? (*log)->read_stream(stream_of(*wanted), {from}, print)
                     : (*log)->read_all({from}, print);
  if (!done)
    return refuse(exit_code_of(done.error().code), done.error().message);
  if (std::fflush(stdout) != 0 || !written)
    return refuse(exit_code::io_error, "The output can't be written.");
  if (wanted && !found_any)
    return refuse(
        exit_code::different,
        fmt::format("The log has no such events of session {}.", session));
  return exit_code::ok;
}

} // namespace hansard
