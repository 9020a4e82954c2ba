// A process for the tests to kill: opens the log in argv[1] and, after it has
// said "open", appends to a few streams for ever. Each acknowledged group is
// told on stdout as the position of its last event. With "hold" as argv[2] it
// only keeps the log open until stdin ends.
#include "storage/event_log.hpp"
#include "tests/storage/log_support.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace {

using namespace hansard;
using namespace hansard::test;

/// One write, so that a line is whole or not there.
void say(const std::string& line) {
  auto text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0)
    _exit(3);
}

/// Turns of token frames on three streams, all told by position and stream, so
/// that the reader can tell what ought to be there.
int write_for_ever(event_log& log) {
  std::uint64_t seed = log.head().value;
  chooser choose{seed};
  std::int64_t now = 0;
  while (true) {
    std::vector<append_request> requests;
    for (std::uint8_t i = 0; i < 3; ++i) {
      auto stream = stream_number(i);
      event_batch batch;
      batch.stream = stream;
      if (choose.one_in(5)) {
        batch.add(moment(now++), completed());
        batch.add(moment(now++), admitted());
      }
      batch.add(random_tokens(choose, choose.between(1, 20), now));
      requests.push_back(
          request_for(std::move(batch), log.version_of(stream)->value));
    }
    std::vector<std::unique_ptr<prepared_seal>> seals;
    if (auto sealed = log.prepare_seal(
            stream_number(static_cast<std::uint8_t>(choose.below(3))));
        sealed && *sealed)
      seals.push_back(*std::move(sealed));
    std::vector<result<log_position>> outcomes(3, log_position{});
    log.append(requests, outcomes, seals);
    for (const auto& outcome : outcomes) {
      if (!outcome)
        return 2;
    }
    say(std::to_string(outcomes.back()->value));
  }
}

} // namespace

int main(int argc, char** argv) {
  rocksdb_log_options options;
  options.path = argc > 1 ? argv[1] : "";
  auto log = open_rocksdb_event_log(options);
  if (!log) {
    say(log.error().message);
    return 1;
  }
  say("open");
  if (argc > 2 && std::strcmp(argv[2], "hold") == 0) {
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
  }
  return write_for_ever(**log);
}
