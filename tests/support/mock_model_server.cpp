#include "tests/support/mock_model_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace hansard::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string chunk(std::string_view bytes) {
  char size[20];
  const auto length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size, static_cast<std::size_t>(length))
      .append(bytes)
      .append("\r\n");
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::string chunk_json(std::string_view choices, std::string_view usage) {
  return std::string(
             R"({"id":"chatcmpl-mock","object":"chat.completion.chunk",)"
             R"("created":1700000000,"model":"mock","choices":)")
      .append(choices)
      .append(R"(,"usage":)")
      .append(usage)
      .append("}");
}

std::string usage_json(std::size_t tokens) {
  return R"({"prompt_tokens":9,"completion_tokens":)" + std::to_string(tokens)
         + R"(,"total_tokens":)" + std::to_string(9 + tokens) + "}";
}

} // namespace

std::string mock_delta(std::string_view text) {
  return chunk_json(
      R"([{"index":0,"delta":{"content":")" + escaped(text)
          + R"("},"logprobs":null,"finish_reason":null}])",
      "null");
}

std::string mock_finish(std::string_view reason) {
  return chunk_json(
      R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":")"
          + std::string(reason) + R"("}])",
      "null");
}

mock_reply mock_reply::stream(const std::vector<std::string>& texts) {
  std::vector<std::string> payloads;
  payloads.push_back(chunk_json(
      R"([{"index":0,"delta":{"role":"assistant","content":""},)"
      R"("logprobs":null,"finish_reason":null}])",
      "null"));
  for (const auto& text : texts)
    payloads.push_back(mock_delta(text));
  payloads.push_back(mock_finish("stop"));
  payloads.push_back(chunk_json("[]", usage_json(texts.size())));
  payloads.emplace_back("[DONE]");
  return events(payloads);
}

mock_reply mock_reply::events(const std::vector<std::string>& payloads) {
  mock_reply reply;
  reply.pieces_.push_back({std::string(stream_head), {}, nullptr});
  for (const auto& payload : payloads)
    reply.pieces_.push_back({chunk("data: " + payload + "\n\n"), {}, nullptr});
  reply.pieces_.push_back({"0\r\n\r\n", {}, nullptr});
  return reply;
}

mock_reply mock_reply::body(std::string_view bytes) {
  return raw(std::string(stream_head).append(chunk(bytes)).append("0\r\n\r\n"));
}

mock_reply mock_reply::json(
    unsigned status, std::string_view body, const mock_headers& headers) {
  auto bytes = "HTTP/1.1 " + std::to_string(status)
               + " Mocked\r\nContent-Type: application/json\r\n"
                 "Content-Length: "
               + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers)
    bytes.append(name).append(": ").append(value).append("\r\n");
  return raw(bytes.append("\r\n").append(body));
}

mock_reply mock_reply::raw(std::string bytes) {
  mock_reply reply;
  reply.pieces_.push_back({std::move(bytes), {}, nullptr});
  return reply;
}

mock_reply& mock_reply::then(std::string bytes) {
  pieces_.push_back({std::move(bytes), {}, nullptr});
  return *this;
}

mock_reply& mock_reply::pace(std::chrono::milliseconds wait) {
  for (auto& piece : pieces_)
    piece.wait = wait;
  return *this;
}

mock_reply& mock_reply::in_pieces_of(std::size_t bytes) {
  const auto all = this->bytes();
  pieces_.clear();
  for (std::size_t at = 0; at < all.size(); at += bytes)
    pieces_.push_back({all.substr(at, bytes), {}, nullptr});
  return *this;
}

mock_reply&
mock_reply::hold(std::size_t piece, std::shared_ptr<mock_gate> gate) {
  pieces_.at(piece).gate = std::move(gate);
  return *this;
}

mock_reply& mock_reply::then_close() {
  ending_ = ending::close;
  return *this;
}

mock_reply& mock_reply::close_after(std::size_t bytes) {
  cut(bytes);
  ending_ = ending::close;
  return *this;
}

mock_reply& mock_reply::reset_after(std::size_t bytes) {
  cut(bytes);
  ending_ = ending::reset;
  return *this;
}

mock_reply& mock_reply::stall_after(std::size_t bytes) {
  cut(bytes);
  ending_ = ending::stall;
  return *this;
}

mock_reply& mock_reply::endless() {
  ending_ = ending::endless;
  return *this;
}

std::string mock_reply::bytes() const {
  std::string all;
  for (const auto& piece : pieces_)
    all += piece.bytes;
  return all;
}

void mock_reply::cut(std::size_t bytes) {
  for (auto& piece : pieces_) {
    piece.bytes.resize(std::min(piece.bytes.size(), bytes));
    bytes -= piece.bytes.size();
  }
  std::erase_if(pieces_, [](const piece& p) { return p.bytes.empty(); });
}

bool eventually(const std::function<bool()>& condition) {
  const auto limit = steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (steady_clock::now() > limit)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

struct mock_model_server::state {
  explicit state(mock_options settings);

  void accept_next();
  mock_reply answer(const mock_request& request);
  void write_ca_file();

  mock_options options;
  asio::io_context context{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context};
  std::string ca_file;

  mutable std::mutex mutex;
  std::deque<mock_reply> replies;
  std::function<mock_reply(const mock_request&)> choose;
  std::vector<mock_request> requests;
  std::atomic<std::size_t> accepted{0};
  std::atomic<std::size_t> closed{0};
  std::atomic<std::size_t> bytes_sent{0};
  /// Clock ticks at which the write under way began; 0: none.
  std::atomic<steady_clock::rep> writing_since{0};
  /// The mock's thread only.
  std::set<tcp::socket*> idle;
  std::thread thread;
};

/// One connection of the mock.
class mock_connection {
public:
  static awaitable<void>
  serve(mock_model_server::state& server, tcp::socket socket) {
    const auto number = ++server.accepted;
    error_code ec;
    socket.set_option(tcp::no_delay(true), ec);
    if (server.options.send_buffer > 0)
      socket.set_option(
          asio::socket_base::send_buffer_size(server.options.send_buffer), ec);
    if (server.options.tls) {
      asio::ssl::stream<tcp::socket> stream(std::move(socket), server.tls);
      co_await stream.async_handshake(
          asio::ssl::stream_base::server, redirect_error(use_awaitable, ec));
      if (!ec)
        co_await converse(server, stream, stream.next_layer(), number);
    } else {
      co_await converse(server, socket, socket, number);
    }
    ++server.closed;
  }

private:
  template <class Stream>
  static awaitable<void> converse(
      mock_model_server::state& server, Stream& stream, tcp::socket& socket,
      std::size_t number) {
    boost::beast::flat_buffer buffer;
    while (true) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(boost::none);
      error_code ec;
      server.idle.insert(&socket);
      co_await http::async_read(
          stream, buffer, parser, redirect_error(use_awaitable, ec));
      server.idle.erase(&socket);
      if (ec)
        break;
      auto reply = server.answer(request_of(parser.get(), number));
      const bool go_on =
          co_await send(server, stream, socket, std::move(reply));
      if (!go_on)
        break;
    }
    error_code ignored;
    socket.close(ignored);
  }

  static mock_request request_of(
      const http::request<http::string_body>& parsed, std::size_t number) {
    mock_request request;
    request.method = std::string(parsed.method_string());
    request.target = std::string(parsed.target());
    for (const auto& field : parsed) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      request.headers[name] = std::string(field.value());
    }
    request.body = parsed.body();
    request.connection = number;
    return request;
  }

  template <class Stream>
  static awaitable<bool> send(
      mock_model_server::state& server, Stream& stream, tcp::socket& socket,
      mock_reply reply) {
    for (const auto& piece : reply.pieces_) {
      co_await wait(server, piece);
      const bool sent = co_await write(server, stream, piece.bytes);
      if (!sent)
        co_return false;
    }
    switch (reply.ending_) {
    case mock_reply::ending::keep:
      co_return true;
    case mock_reply::ending::close:
      co_return false;
    case mock_reply::ending::reset: {
      error_code ignored;
      socket.set_option(asio::socket_base::linger(true, 0), ignored);
      co_return false;
    }
    case mock_reply::ending::stall: {
      char byte = 0;
      error_code ec;
      co_await stream.async_read_some(
          asio::buffer(&byte, 1), redirect_error(use_awaitable, ec));
      co_return false;
    }
    case mock_reply::ending::endless:
      break;
    }
    while (true) {
      const bool sent =
          co_await write(server, stream, reply.pieces_.back().bytes);
      if (!sent)
        co_return false;
    }
  }

  static awaitable<void>
  wait(mock_model_server::state& server, const mock_reply::piece& piece) {
    asio::steady_timer timer(server.context);
    if (piece.wait.count() > 0) {
      timer.expires_after(piece.wait);
      co_await timer.async_wait(use_awaitable);
    }
    while (piece.gate && !piece.gate->is_open()) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(use_awaitable);
    }
  }

  template <class Stream>
  static awaitable<bool> write(
      mock_model_server::state& server, Stream& stream,
      const std::string& bytes) {
    error_code ec;
    server.writing_since = steady_clock::now().time_since_epoch().count();
    server.bytes_sent += co_await asio::async_write(
        stream, asio::buffer(bytes), redirect_error(use_awaitable, ec));
    server.writing_since = 0;
    co_return !ec;
  }
};

mock_model_server::state::state(mock_options settings)
    : options(std::move(settings)) {
  if (options.tls) {
    tls.use_certificate_chain(asio::buffer(options.tls->certificate));
    tls.use_private_key(
        asio::buffer(options.tls->key), asio::ssl::context::pem);
    write_ca_file();
  }
  const tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
  acceptor.open(anywhere.protocol());
  acceptor.bind(anywhere);
  acceptor.listen();
  accept_next();
  thread = std::thread([this] { context.run(); });
}

void mock_model_server::state::accept_next() {
  acceptor.async_accept([this](error_code ec, tcp::socket socket) {
    if (ec)
      return;
    asio::co_spawn(
        context, mock_connection::serve(*this, std::move(socket)),
        asio::detached);
    accept_next();
  });
}

mock_reply mock_model_server::state::answer(const mock_request& request) {
  std::lock_guard lock(mutex);
  requests.push_back(request);
  if (!replies.empty()) {
    auto next = std::move(replies.front());
    replies.pop_front();
    return next;
  }
  if (choose)
    return choose(request);
  return mock_reply::stream({"Hello", " from", " the", " mock."});
}

void mock_model_server::state::write_ca_file() {
  std::string path =
      std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp")
      + "/hansard-test-ca-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0)
    std::abort();
  close(file);
  ca_file = path;
  std::ofstream(ca_file) << options.tls->certificate;
}

mock_model_server::mock_model_server(mock_options options)
    : state_(std::make_unique<state>(std::move(options))) {}

mock_model_server::~mock_model_server() {
  state_->context.stop();
  state_->thread.join();
  if (!state_->ca_file.empty())
    unlink(state_->ca_file.c_str());
}

std::uint16_t mock_model_server::port() const {
  return state_->acceptor.local_endpoint().port();
}

std::string mock_model_server::base_url() const {
  return (state_->options.tls ? "https" : "http")
         + ("://127.0.0.1:" + std::to_string(port())) + "/v1";
}

const std::string& mock_model_server::ca_file() const {
  return state_->ca_file;
}

void mock_model_server::reply(mock_reply next) {
  std::lock_guard lock(state_->mutex);
  state_->replies.push_back(std::move(next));
}

void mock_model_server::reply_always(mock_reply always) {
  reply_by(
      [always = std::move(always)](const mock_request&) { return always; });
}

void mock_model_server::reply_by(
    std::function<mock_reply(const mock_request&)> choose) {
  std::lock_guard lock(state_->mutex);
  state_->choose = std::move(choose);
}

std::vector<mock_request> mock_model_server::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::size_t mock_model_server::accepted() const { return state_->accepted; }

std::size_t mock_model_server::bytes_sent() const { return state_->bytes_sent; }

bool mock_model_server::wait_for_requests(std::size_t count) const {
  return eventually([&] {
    std::lock_guard lock(state_->mutex);
    return state_->requests.size() >= count;
  });
}

bool mock_model_server::wait_for_accepted(std::size_t count) const {
  return eventually([&] { return state_->accepted >= count; });
}

bool mock_model_server::wait_for_closed(std::size_t count) const {
  return eventually([&] { return state_->closed >= count; });
}

bool mock_model_server::wait_until_blocked() const {
  constexpr auto long_for_loopback = std::chrono::milliseconds(200);
  return eventually([&] {
    const auto since = state_->writing_since.load();
    return since != 0
           && steady_clock::now().time_since_epoch()
                      - steady_clock::duration(since)
                  > long_for_loopback;
  });
}

bool mock_model_server::close_idle() {
  return eventually([this] {
    std::promise<bool> found;
    asio::post(state_->context, [&] {
      for (auto* socket : state_->idle) {
        error_code ignored;
        socket->close(ignored);
      }
      found.set_value(!state_->idle.empty());
    });
    return found.get_future().get();
  });
}

} // namespace hansard::test
