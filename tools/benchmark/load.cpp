#include "tools/benchmark/load.hpp"

#include "tools/benchmark/load_request.hpp"
#include "tools/benchmark/monotonic.hpp"
#include "tools/benchmark/reply_reader.hpp"

#include <boost/json/value.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace hansard::benchmark {

namespace {

/// Connections being made at one time: below any listen backlog.
constexpr std::uint32_t max_connecting = 128;

struct client {
  enum class phase { waiting, connecting, idle, replying, finished };

  descriptor socket;
  client::phase phase = phase::waiting;
  std::uint64_t start_ns = 0;
  std::uint32_t begun = 0;
  reply_reader reader;
  /// Of the reply under way.
  bool counted = false;
  std::uint32_t next_token = 0;
  std::uint64_t sent_ns = 0;
  std::uint64_t first_ns = 0;
};

class load_run {
public:
  explicit load_run(const load_options& options)
      : options_(options),
        request_(make_request(options)),
        clients_(options.connections) {
    const auto tail = std::max(1u, options.model.tokens / 10);
    tail_from_ = options.model.tokens - std::min(options.model.tokens, tail);
  }

  load_result run() {
    begun_ns_ = now_ns();
    deadline_ns_ = after(options_.deadline_seconds);
    if (options_.seconds > 0)
      last_start_ns_ = after(options_.seconds);
    for (std::size_t i = 0; i < clients_.size(); ++i)
      clients_[i].start_ns = after(
          options_.ramp_seconds * static_cast<double>(i)
          / static_cast<double>(clients_.size()));
    while (finished_ < clients_.size() && now_ns() < deadline_ns_) {
      start_waiting();
      for (auto& event : poller_.wait(patience()))
        on_event(event);
    }
    for (const auto& c : clients_)
      if (c.phase == client::phase::replying && c.counted)
        ++result_.dropped;
    if (first_start_ns_ != 0 && last_end_ns_ > first_start_ns_)
      result_.wall_seconds =
          static_cast<double>(last_end_ns_ - first_start_ns_) / 1e9;
    return std::move(result_);
  }

private:
  std::uint64_t after(double seconds) const {
    return begun_ns_ + static_cast<std::uint64_t>(seconds * 1e9);
  }

  std::int64_t patience() const {
    auto until = deadline_ns_;
    if (waiting_ < clients_.size() && connecting_ < max_connecting)
      until = std::min(until, clients_[waiting_].start_ns);
    const auto now = now_ns();
    return until <= now ? 0 : static_cast<std::int64_t>(until - now);
  }

  void start_waiting() {
    const auto now = now_ns();
    while (waiting_ < clients_.size() && connecting_ < max_connecting
           && clients_[waiting_].start_ns <= now)
      open(clients_[waiting_++]);
  }

  void open(client& c) {
    c.socket = connect_to(options_.target);
    c.phase = client::phase::connecting;
    ++connecting_;
    poller_.add(c.socket.get(), EPOLLOUT, &c);
  }

  void on_event(const epoll_event& event) {
    auto& c = *static_cast<client*>(event.data.ptr);
    if (c.phase == client::phase::connecting)
      return on_connected(c);
    if (c.phase == client::phase::finished)
      return;
    read_from(c);
  }

  void on_connected(client& c) {
    --connecting_;
    if (const int error = connect_outcome(c.socket.get()); error != 0) {
      fail(std::string("connect: ") + std::strerror(error), false);
      return retire(c);
    }
    poller_.modify(c.socket.get(), EPOLLIN, &c);
    next_request(c);
  }

  bool may_begin(const client& c) const {
    if (options_.requests > 0 && c.begun >= options_.requests + options_.warmup)
      return false;
    return last_start_ns_ == 0 || now_ns() < last_start_ns_;
  }

  void next_request(client& c) {
    if (!may_begin(c))
      return retire(c);
    c.reader.reset();
    c.counted = c.begun >= options_.warmup;
    ++c.begun;
    c.next_token = 0;
    c.first_ns = 0;
    c.sent_ns = now_ns();
    if (c.counted && first_start_ns_ == 0)
      first_start_ns_ = c.sent_ns;
    c.phase = client::phase::replying;
    result_.peak_streams = std::max(result_.peak_streams, ++replying_);
    const auto n =
        send(c.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    // A request of a few hundred bytes fits any empty socket buffer.
    if (n != static_cast<ssize_t>(request_.size()))
      end_reply(c, "the request was not taken", true);
  }

  void read_from(client& c) {
    const auto n = recv(c.socket.get(), buffer_, sizeof buffer_, 0);
    if (n < 0 && errno == EAGAIN)
      return;
    if (c.phase != client::phase::replying)
      return retire(c);
    if (n <= 0)
      return end_reply(c, "the connection was closed in a reply", true);
    const auto now = now_ns();
    const auto state = c.reader.feed(
        std::string_view(buffer_, static_cast<std::size_t>(n)),
        [&](token_stamp stamp) { on_token(c, stamp, now); });
    if (state == reply_reader::state::broken)
      return end_reply(c, "the framing is broken", true);
    if (state == reply_reader::state::done)
      end_reply(c, {}, false);
  }

  void on_token(client& c, token_stamp stamp, std::uint64_t now) {
    if (c.first_ns == 0)
      c.first_ns = now;
    if (stamp.sequence != c.next_token)
      ++result_.misplaced_tokens;
    c.next_token = stamp.sequence + 1;
    if (!c.counted)
      return;
    ++result_.tokens;
    const auto latency = now > stamp.sent_ns ? now - stamp.sent_ns : 0;
    result_.latency.add(latency);
    if (stamp.sequence >= tail_from_)
      result_.tail_latency.add(latency);
  }

  void end_reply(client& c, std::string problem, bool cut) {
    --replying_;
    c.phase = client::phase::idle;
    const auto now = now_ns();
    judge(c, std::move(problem), cut, now);
    if (cut)
      return retire(c);
    if (c.reader.close() && may_begin(c)) {
      c.socket.reset();
      return open(c);
    }
    next_request(c);
  }

  void judge(client& c, std::string problem, bool cut, std::uint64_t now) {
    if (problem.empty() && c.reader.status() != 200)
      problem = "status " + std::to_string(c.reader.status()) + ": "
                + std::string(c.reader.tail());
    else if (problem.empty() && !c.reader.saw_done())
      problem = "no [DONE]: " + std::string(c.reader.tail());
    else if (
        problem.empty() && options_.model.text == mock_text::stamps
        && c.next_token != options_.model.tokens)
      problem = "tokens are missing: " + std::to_string(c.next_token) + " came";
    // A warm-up that fails is a failure too.
    if (!problem.empty())
      return fail(std::move(problem), cut);
    if (!c.counted)
      return;
    last_end_ns_ = now;
    ++result_.replies;
    if (c.first_ns != 0) {
      result_.first_token.add(c.first_ns - c.sent_ns);
      result_.reply_time.add(now - c.first_ns);
    }
  }

  void fail(std::string problem, bool cut) {
    ++(cut ? result_.dropped : result_.errors);
    if (result_.first_error.empty())
      result_.first_error = std::move(problem);
  }

  void retire(client& c) {
    c.phase = client::phase::finished;
    c.socket.reset();
    ++finished_;
  }

  const load_options& options_;
  const std::string request_;
  std::vector<client> clients_;
  epoll_set poller_;
  load_result result_;
  std::uint32_t tail_from_ = 0;
  std::uint64_t begun_ns_ = 0;
  std::uint64_t deadline_ns_ = 0;
  /// 0: no limit.
  std::uint64_t last_start_ns_ = 0;
  std::uint64_t first_start_ns_ = 0;
  std::uint64_t last_end_ns_ = 0;
  /// Index of the next client to connect.
  std::size_t waiting_ = 0;
  std::uint32_t connecting_ = 0;
  std::uint64_t replying_ = 0;
  std::size_t finished_ = 0;
  char buffer_[65536];
};

boost::json::object microseconds(const histogram& h) {
  const auto us = [](double ns) { return ns / 1e3; };
  return {
      {"count", h.count()},
      {"mean", us(h.mean())},
      {"p50", us(static_cast<double>(h.quantile(0.5)))},
      {"p90", us(static_cast<double>(h.quantile(0.9)))},
      {"p99", us(static_cast<double>(h.quantile(0.99)))},
      {"max", us(static_cast<double>(h.max()))}};
}

} // namespace

load_result run_load(const load_options& options) {
  raise_descriptor_limit();
  auto run = std::make_unique<load_run>(options);
  return run->run();
}

boost::json::object to_json(const load_result& r) {
  return {
      {"replies", r.replies},
      {"tokens", r.tokens},
      {"errors", r.errors},
      {"dropped", r.dropped},
      {"misplaced_tokens", r.misplaced_tokens},
      {"peak_streams", r.peak_streams},
      {"wall_seconds", r.wall_seconds},
      {"tokens_per_second", r.wall_seconds > 0
                                ? static_cast<double>(r.tokens) / r.wall_seconds
                                : 0.0},
      {"latency_us", microseconds(r.latency)},
      {"tail_latency_us", microseconds(r.tail_latency)},
      {"first_token_us", microseconds(r.first_token)},
      {"reply_time_us", microseconds(r.reply_time)},
      {"first_error", r.first_error}};
}

} // namespace hansard::benchmark
