#include "tools/benchmark/mock.hpp"

#include "tools/benchmark/histogram.hpp"
#include "tools/benchmark/mock_model.hpp"
#include "tools/benchmark/mock_reply.hpp"
#include "tools/benchmark/monotonic.hpp"
#include "tools/benchmark/wire.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <iostream>
#include <queue>
#include <string>
#include <vector>

namespace hansard::benchmark {

namespace {

constexpr std::size_t max_request_bytes = 1024 * 1024;

struct connection {
  descriptor socket;
  /// Of the request that is being read.
  std::string in;
  /// What the socket did not take.
  std::string pending;
  bool wants_write = false;
  /// A reply is being sent.
  bool replying = false;
  /// A timer or the flat-out queue holds this connection.
  bool scheduled = false;
  /// Goes up when the slot is used anew, so that old timers are known.
  std::uint32_t generation = 0;
  mock_model model;
  std::uint64_t reply = 0;
  std::uint32_t sent = 0;
  std::uint64_t due_ns = 0;
};

struct timer {
  std::uint64_t due_ns;
  connection* who;
  std::uint32_t generation;

  bool operator>(const timer& other) const { return due_ns > other.due_ns; }
};

class mock_server {
public:
  explicit mock_server(loopback_address& address)
      : listener_(listen_on(address)) {
    poller_.add(listener_.get(), EPOLLIN, nullptr);
  }

  void run(const volatile std::sig_atomic_t& stop) {
    while (!stop) {
      for (auto& event : poller_.wait(patience()))
        on_event(event);
      send_due();
      send_flat_out();
    }
  }

private:
  std::int64_t patience() const {
    if (!flat_out_.empty())
      return 0;
    if (timers_.empty())
      return 200'000'000;
    const auto now = now_ns();
    const auto due = timers_.top().due_ns;
    return due <= now ? 0 : static_cast<std::int64_t>(due - now);
  }

  void on_event(const epoll_event& event) {
    if (event.data.ptr == nullptr)
      return accept_all();
    auto& c = *static_cast<connection*>(event.data.ptr);
    if (event.events & (EPOLLHUP | EPOLLERR))
      return drop(c);
    if (event.events & EPOLLOUT)
      flush(c);
    if (c.socket && (event.events & EPOLLIN))
      read_from(c);
  }

  void accept_all() {
    while (auto socket = accept_from(listener_.get())) {
      auto& c = take_slot();
      c.socket = std::move(socket);
      poller_.add(c.socket.get(), EPOLLIN, &c);
    }
  }

  connection& take_slot() {
    if (free_.empty())
      return slots_.emplace_back();
    auto* c = free_.back();
    free_.pop_back();
    return *c;
  }

  void drop(connection& c) {
    const auto generation = c.generation + 1;
    c = {};
    c.generation = generation;
    free_.push_back(&c);
  }

  void read_from(connection& c) {
    char buffer[16384];
    const auto n = recv(c.socket.get(), buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN)
      return;
    if (n <= 0 || c.in.size() > max_request_bytes)
      return drop(c);
    c.in.append(buffer, static_cast<std::size_t>(n));
    if (c.replying)
      return;
    const auto head = read_head(c.in);
    if (!head)
      return;
    const auto size = head->size + head->content_length.value_or(0);
    if (c.in.size() < size)
      return;
    const auto request = std::string_view(c.in).substr(0, size);
    answer(c, request.substr(0, head->size), request.substr(head->size));
    // Ten thousand idle buffers of a few KiB are memory for nothing.
    std::string().swap(c.in);
  }

  void answer(connection& c, std::string_view head, std::string_view body) {
    if (head.starts_with("GET /stats "))
      return write_out(c, whole_response("200 OK", stats()));
    if (head.starts_with("GET /v1/models "))
      return write_out(
          c,
          whole_response(
              "200 OK",
              R"({"object":"list","data":[{"id":"mock","object":"model"}]})"));
    if (!head.starts_with("POST /v1/chat/completions "))
      return write_out(
          c,
          whole_response(
              "404 Not Found",
              R"({"error":{"message":"no such route","type":"not_found_error"}})"));
    const auto model = model_in(body);
    if (!model)
      return write_out(
          c,
          whole_response(
              "400 Bad Request", R"({"error":{"message":"no such mock model",)"
                                 R"("type":"invalid_request_error"}})"));
    start(c, *model);
  }

  static std::optional<mock_model> model_in(std::string_view body) {
    constexpr std::string_view member = "\"model\"";
    auto at = body.find(member);
    if (at == std::string_view::npos)
      return std::nullopt;
    at = body.find('"', at + member.size());
    const auto end = body.find('"', at + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    return mock_model::parse(body.substr(at + 1, end - at - 1));
  }

  void start(connection& c, const mock_model& model) {
    c.replying = true;
    c.model = model;
    c.reply = replies_++;
    c.sent = 0;
    c.due_ns = now_ns() + std::uint64_t{model.first_us} * 1000;
    schedule(c);
  }

  void schedule(connection& c) {
    c.scheduled = true;
    if (c.model.interval_us == 0 && (c.sent > 0 || c.model.first_us == 0))
      flat_out_.push_back({c.due_ns, &c, c.generation});
    else
      timers_.push({c.due_ns, &c, c.generation});
  }

  void send_due() {
    const auto now = now_ns();
    while (!timers_.empty() && timers_.top().due_ns <= now) {
      const auto next = timers_.top();
      timers_.pop();
      if (next.generation != next.who->generation)
        continue;
      late_.add(now_ns() - next.due_ns);
      send_tokens(*next.who);
    }
  }

  /// One write for each connection that sends without pause, so that their
  /// tokens interleave.
  void send_flat_out() {
    std::swap(flat_out_, round_);
    for (const auto& next : round_)
      if (next.generation == next.who->generation)
        send_tokens(*next.who);
    round_.clear();
  }

  void send_tokens(connection& c) {
    c.scheduled = false;
    out_.clear();
    if (c.sent == c.model.tokens) {
      writer_.end(out_, c.sent);
      c.replying = false;
      return write_out(c, out_);
    }
    if (c.sent == 0)
      writer_.begin(out_);
    const auto end = std::min(c.model.tokens, c.sent + c.model.per_write);
    const auto now = now_ns();
    for (; c.sent < end; ++c.sent, ++tokens_) {
      if (c.model.text == mock_text::words)
        writer_.word(out_, word_of(c.reply, c.sent));
      else
        writer_.stamp(out_, {c.sent, now});
    }
    // The finish follows its last token at once, in a write of its own.
    if (c.sent < c.model.tokens)
      c.due_ns += std::uint64_t{c.model.interval_us} * 1000;
    write_out(c, out_);
    if (c.socket && !c.wants_write)
      schedule(c);
  }

  void write_out(connection& c, std::string_view bytes) {
    const auto n =
        send(c.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
      return drop(c);
    const auto taken = static_cast<std::size_t>(n < 0 ? 0 : n);
    if (taken == bytes.size())
      return;
    c.pending.append(bytes.substr(taken));
    c.wants_write = true;
    poller_.modify(c.socket.get(), EPOLLIN | EPOLLOUT, &c);
  }

  void flush(connection& c) {
    const auto n =
        send(c.socket.get(), c.pending.data(), c.pending.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN)
      return;
    if (n < 0)
      return drop(c);
    c.pending.erase(0, static_cast<std::size_t>(n));
    if (!c.pending.empty())
      return;
    c.wants_write = false;
    poller_.modify(c.socket.get(), EPOLLIN, &c);
    if (c.replying && !c.scheduled)
      schedule(c);
  }

  std::string stats() const {
    const auto us = [](std::uint64_t ns) {
      return static_cast<double>(ns) / 1e3;
    };
    return fmt::format(
        R"({{"replies":{},"tokens":{},"late_us":)"
        R"({{"p50":{:.1f},"p99":{:.1f},"max":{:.1f}}}}})",
        replies_, tokens_, us(late_.quantile(0.5)), us(late_.quantile(0.99)),
        us(late_.max()));
  }

  descriptor listener_;
  epoll_set poller_;
  reply_writer writer_;
  std::deque<connection> slots_;
  std::vector<connection*> free_;
  std::priority_queue<timer, std::vector<timer>, std::greater<>> timers_;
  std::vector<timer> flat_out_;
  std::vector<timer> round_;
  std::string out_;
  std::uint64_t replies_ = 0;
  std::uint64_t tokens_ = 0;
  histogram late_;
};

} // namespace

void run_mock(
    const mock_options& options, const volatile std::sig_atomic_t& stop) {
  // Timers of 50 µs slack would blur what is measured in tens of them.
  prctl(PR_SET_TIMERSLACK, 1000);
  raise_descriptor_limit();
  auto address = options.listen;
  mock_server server(address);
  std::cout << "listening on http://" << address.to_string() << std::endl;
  server.run(stop);
}

} // namespace hansard::benchmark
