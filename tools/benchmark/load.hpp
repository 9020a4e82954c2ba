#pragma once

#include "tools/benchmark/histogram.hpp"
#include "tools/benchmark/mock_model.hpp"
#include "tools/benchmark/socket.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace hansard::benchmark {

enum class dialect {
  /// POST /v1/chat/completions: the mock itself, or a plain proxy before it.
  openai,
  /// POST /api/chat, to the agent "did:bench:<model>".
  hansard,
};

struct load_options {
  loopback_address target;
  benchmark::dialect dialect = dialect::openai;
  /// Sent as Authorization: Bearer; empty: none.
  std::string key;
  mock_model model;
  std::uint32_t connections = 1;
  /// Of each connection, one after another on keep-alive; 0: until `seconds`.
  std::uint32_t requests = 1;
  /// No request is begun after this long; 0: no limit.
  double seconds = 0;
  /// The first requests of the connections are spread over this long.
  double ramp_seconds = 0;
  /// Requests of each connection that are made and not counted.
  std::uint32_t warmup = 0;
  /// Everything that is not done by then is counted as dropped.
  double deadline_seconds = 60;
};

/// What the clients saw. Times are in nanoseconds in the histograms.
struct load_result {
  std::uint64_t replies = 0;
  std::uint64_t tokens = 0;
  /// Replies with another status than 200, without [DONE], or with an error.
  std::uint64_t errors = 0;
  /// Replies cut off, or not done at the deadline.
  std::uint64_t dropped = 0;
  /// Tokens that came twice, out of order, or not at all.
  std::uint64_t misplaced_tokens = 0;
  /// Most replies under way at one time.
  std::uint64_t peak_streams = 0;
  /// From the first counted request to the end of the last counted reply.
  double wall_seconds = 0;
  /// From a token's write by the mock to its read here.
  histogram latency;
  /// The same for the last tenth of each reply: what has fallen behind shows
  /// here.
  histogram tail_latency;
  /// From the write of a request to its first token.
  histogram first_token;
  /// From first to last token of a reply.
  histogram reply_time;
  /// The first error, in words.
  std::string first_error;
};

/// Runs the load on this thread and returns when all is done, or at the
/// deadline. Throws std::system_error where the machine refuses a socket.
load_result run_load(const load_options& options);

/// Microseconds for people and tables; what `hansard-bench load` prints.
boost::json::object to_json(const load_result& result);

} // namespace hansard::benchmark
