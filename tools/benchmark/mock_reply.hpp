#pragma once

#include "tools/benchmark/mock_model.hpp"
#include "tools/benchmark/token_stamp.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// Makes the bytes of a streamed chat.completions response as OpenAI-compatible
/// servers send them: every SSE event a chunk of its own, a role event first,
/// then one event a token, a finish event, the usage, [DONE].
class reply_writer {
public:
  reply_writer();

  /// Head of the response and the role event.
  void begin(std::string& out) const;
  /// One event with a stamp.
  void stamp(std::string& out, token_stamp stamp) const;
  /// One event with a word.
  void word(std::string& out, std::string_view text) const;
  /// Finish event, usage, [DONE], end of the body.
  void end(std::string& out, std::uint32_t tokens) const;

private:
  std::string begin_;
  /// A whole chunk with room for a stamp at stamp_at_.
  std::string stamped_;
  std::size_t stamp_at_ = 0;
};

/// A response with a body of known length.
std::string whole_response(std::string_view status, std::string_view json);

} // namespace hansard::benchmark
