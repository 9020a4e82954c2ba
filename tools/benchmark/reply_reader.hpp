#pragma once

#include "tools/benchmark/token_stamp.hpp"
#include "tools/benchmark/wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// Reads one streamed reply from pieces cut anywhere: head, framing, stamps,
/// and whether it ended as it should.
class reply_reader {
public:
  enum class state { more, done, broken };

  /// Calls on_stamp(token_stamp) for each token in `bytes`.
  template <class OnStamp>
  state feed(std::string_view bytes, OnStamp&& on_stamp) {
    if (status_ == 0) {
      // Kept until it is whole; the body's first bytes come along.
      start_.append(bytes);
      if (!take_head())
        return start_.size() > 65'536 ? state::broken : state::more;
      const auto whole = std::move(start_);
      start_.clear();
      return feed_body(std::string_view(whole).substr(head_.size), on_stamp);
    }
    return feed_body(bytes, on_stamp);
  }

  int status() const { return status_; }
  /// The server closes the connection after this reply.
  bool close() const { return head_.close; }
  bool saw_done() const {
    return tail_.find("data: [DONE]") != std::string::npos;
  }
  /// The body's last bytes, to say what went wrong.
  std::string_view tail() const { return tail_; }

  void reset() { *this = {}; }

private:
  static constexpr std::size_t tail_size = 64;

  bool take_head() {
    const auto head = read_head(start_);
    if (!head)
      return false;
    head_ = *head;
    status_ = head_.status;
    remaining_ = head_.content_length.value_or(0);
    return true;
  }

  template <class OnStamp>
  state feed_body(std::string_view bytes, OnStamp&& on_stamp) {
    if (!head_.chunked) {
      take_body(bytes, on_stamp);
      remaining_ -= std::min<std::uint64_t>(remaining_, bytes.size());
      return head_.content_length && remaining_ == 0 ? state::done
                                                     : state::more;
    }
    const auto framing = chunks_.feed(
        bytes, [&](std::string_view body) { take_body(body, on_stamp); });
    switch (framing) {
    case chunked_decoder::state::more:
      return state::more;
    case chunked_decoder::state::done:
      return state::done;
    default:
      return state::broken;
    }
  }

  template <class OnStamp>
  void take_body(std::string_view body, OnStamp&& on_stamp) {
    scanner_.feed(body, on_stamp);
    if (body.size() >= tail_size) {
      tail_.assign(body.substr(body.size() - tail_size));
      return;
    }
    tail_.append(body);
    if (tail_.size() > tail_size)
      tail_.erase(0, tail_.size() - tail_size);
  }

  std::string start_;
  http_head head_;
  int status_ = 0;
  std::uint64_t remaining_ = 0;
  chunked_decoder chunks_;
  stamp_scanner scanner_;
  std::string tail_;
};

} // namespace hansard::benchmark
