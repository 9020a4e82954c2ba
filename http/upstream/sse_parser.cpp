#include "http/upstream/sse_parser.hpp"

#include <cstring>

namespace hansard {

namespace {

/// Buffers that one long line has blown up are given back.
constexpr std::size_t kept_capacity = 4096;

void release(std::string& text) {
  if (text.capacity() > kept_capacity)
    text = std::string();
  else
    text.clear();
}

std::size_t find_line_end(std::string_view text) {
  const auto* lf =
      static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
  const auto before_lf =
      lf ? static_cast<std::size_t>(lf - text.data()) : text.size();
  const auto* cr =
      static_cast<const char*>(std::memchr(text.data(), '\r', before_lf));
  if (cr)
    return static_cast<std::size_t>(cr - text.data());
  return lf ? before_lf : std::string_view::npos;
}

} // namespace

bool sse_parser::feed(std::string_view bytes, sse_sink& sink) {
  while (!bytes.empty() && !failed_) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const auto end = find_line_end(bytes);
    const auto length = end == std::string_view::npos ? bytes.size() : end;
    if (line_.size() + length > max_bytes_) {
      failed_ = true;
      break;
    }
    if (end == std::string_view::npos) {
      line_.append(bytes);
      break;
    }
    after_cr_ = bytes[end] == '\r';
    if (line_.empty()) {
      failed_ = !take_line(bytes.substr(0, end), true, sink);
    } else {
      line_.append(bytes.substr(0, end));
      failed_ = !take_line(line_, false, sink);
      release(line_);
    }
    bytes.remove_prefix(end + 1);
  }
  keep_view();
  return !failed_;
}

void sse_parser::finish(sse_sink& sink, bool whole) {
  if (!failed_ && whole && !line_.empty())
    failed_ = !take_line(line_, false, sink);
  if (!failed_)
    dispatch(sink);
  release(line_);
}

bool sse_parser::take_line(std::string_view line, bool stays, sse_sink& sink) {
  if (at_start_) {
    at_start_ = false;
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (line.starts_with(byte_order_mark))
      line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    dispatch(sink);
    return true;
  }
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view()
                                               : line.substr(colon + 1);
  if (value.starts_with(' '))
    value.remove_prefix(1);
  if (field == "data")
    return add_data(value, stays);
  if (field == "event")
    type_.assign(value);
  return true;
}

bool sse_parser::add_data(std::string_view value, bool stays) {
  if (!has_data_) {
    has_data_ = true;
    data_is_view_ = stays;
    if (stays)
      view_ = value;
    else
      data_.assign(value);
    return true;
  }
  keep_view();
  if (data_.size() + 1 + value.size() > max_bytes_)
    return false;
  data_.append(1, '\n').append(value);
  return true;
}

void sse_parser::dispatch(sse_sink& sink) {
  if (has_data_)
    sink.on_event(type_, data_is_view_ ? view_ : std::string_view(data_));
  has_data_ = false;
  data_is_view_ = false;
  release(type_);
  release(data_);
}

void sse_parser::keep_view() {
  if (!data_is_view_)
    return;
  data_.assign(view_);
  data_is_view_ = false;
}

} // namespace hansard
