#include "http/upstream/upstream_response.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace hansard {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

/// "0", and two line ends.
constexpr std::size_t last_chunk_bytes = 5;

} // namespace

/// Beast's parser with the body handed on as it lies in the read buffer.
class upstream_response::parser final : public http::basic_parser<false> {
public:
  explicit parser(upstream_response_sink& sink) : sink_(&sink) {
    header_limit(max_head_bytes);
    // A stream has no length that could be told beforehand; what reads it
    // has limits of its own.
    body_limit(boost::none);
    eager(true);
  }

  bool interim() const { return head_.status / 100 == 1; }

private:
  using text = boost::beast::string_view;

  void on_request_impl(http::verb, text, text, int, error_code&) override {}

  void on_response_impl(int status, text, int, error_code&) override {
    head_.status = static_cast<unsigned>(status);
  }

  void on_field_impl(
      http::field name, text name_text, text value, error_code&) override {
    const std::string_view content(value.data(), value.size());
    if (name == http::field::content_type)
      head_.content_type = content;
    else if (name == http::field::content_encoding)
      head_.content_encoding = content;
    else if (name == http::field::retry_after)
      head_.retry_after = content;
    else if (boost::beast::iequals(name_text, "retry-after-ms"))
      head_.retry_after_ms = content;
  }

  void on_header_impl(error_code&) override {
    if (!interim())
      sink_->on_head(head_);
  }

  void on_body_init_impl(
      const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(text body, error_code&) override {
    sink_->on_body({body.data(), body.size()});
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}

  std::size_t
  on_chunk_body_impl(std::uint64_t, text body, error_code&) override {
    sink_->on_body({body.data(), body.size()});
    return body.size();
  }

  void on_finish_impl(error_code&) override {}

  upstream_response_sink* sink_;
  upstream_head head_;
};

upstream_response::upstream_response(upstream_response_sink& sink)
    : sink_(&sink),
      parser_(std::make_unique<parser>(sink)) {}

upstream_response::~upstream_response() = default;

upstream_response::state upstream_response::feed(std::string_view bytes) {
  if (state_ != state::reading) {
    excess_ = excess_ || !bytes.empty();
    return state_;
  }
  const bool resumed = !rest_.empty();
  if (resumed)
    rest_.append(bytes);
  auto left = resumed ? std::string_view(rest_) : bytes;
  // What is left of a chunked body is the front of a chunk's header. If that is
  // the last chunk's, Beast asserts that it comes back with all of it.
  const bool too_few = resumed && left.size() < last_chunk_bytes
                       && parser_->is_header_done() && parser_->chunked();
  while (!left.empty() && !too_few) {
    error_code ec;
    left.remove_prefix(
        parser_->put(boost::asio::buffer(left.data(), left.size()), ec));
    if (ec == http::error::need_more)
      break;
    if (ec) {
      problem_ = ec.message();
      state_ = state::bad;
      break;
    }
    if (!parser_->is_done())
      continue;
    if (!parser_->interim()) {
      state_ = state::done;
      excess_ = !left.empty();
      break;
    }
    if (++interim_ > max_interim_responses) {
      problem_ = "too many interim responses";
      state_ = state::bad;
      break;
    }
    parser_ = std::make_unique<parser>(*sink_);
  }
  if (state_ != state::reading)
    left = {};
  if (left.size() > max_head_bytes) {
    problem_ = "a header line is too long";
    state_ = state::bad;
  }
  if (left.empty())
    rest_ = std::string();
  else if (resumed)
    rest_.erase(0, rest_.size() - left.size());
  else
    rest_.assign(left);
  return state_;
}

upstream_response::state upstream_response::end() {
  if (state_ != state::reading)
    return state_;
  error_code ec = http::error::partial_message;
  if (parser_->got_some() && !parser_->interim())
    parser_->put_eof(ec);
  if (ec)
    problem_ = "the connection was closed in the middle of the response";
  return state_ = ec ? state::bad : state::done;
}

bool upstream_response::head_done() const {
  return parser_->is_header_done() && !parser_->interim();
}

bool upstream_response::reusable() const {
  return state_ == state::done && !excess_ && parser_->keep_alive();
}

} // namespace hansard
