#include "http/stream/chat_stream.hpp"

#include "http/app/http_app.hpp"
#include "http/text/text.hpp"
#include "http/wire/response_writer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

/// The first event of a batch that shows on the wire.
struct first_shown {
  bool any = false;
  stream_version version;
  const generation_failed* failure = nullptr;
};

first_shown find_shown(const event_batch& batch, stream_version after) {
  first_shown found;
  for_each_item(batch, [&](stream_version version, const batch_item& item) {
    auto* single = std::get_if<stamped_event>(&item);
    auto count = count_of(item);
    bool shows = count > 0 && version + (count - 1) > after
                 && (!single || shows_on_wire(*single->body));
    if (shows)
      found = {
          true, version,
          single ? std::get_if<generation_failed>(&*single->body) : nullptr};
    return !shows;
  });
  return found;
}

} // namespace

chat_stream::chat_stream(
    boost::asio::io_context& context, http_app& app,
    std::shared_ptr<const server_limits> limits,
    std::optional<clock::time_point> began)
    : context_(context),
      app_(app),
      limits_(std::move(limits)),
      began_(began),
      ended_(context) {
  ++app_.streams;
  app_.metrics.stream_opened();
}

chat_stream::~chat_stream() = default;

void chat_stream::attached(std::shared_ptr<sink_feedback> writer) {
  std::unique_lock lock{mutex_};
  if (!closed_) {
    writer_ = std::move(writer);
    return;
  }
  // Copies: close() may write both again, once this lets go.
  auto at = closed_at_;
  auto why = closed_why_;
  lock.unlock();
  writer->closed(at, std::move(why));
}

void chat_stream::deliver(batch_ptr batch, stream_version after, bool live) {
  auto estimate = framed_size_estimate(*batch);
  std::unique_lock lock{mutex_};
  if (closed_)
    return;
  add_backlog(estimate);
  arrived_.push_back({std::move(batch), after, estimate, live});
  if (std::exchange(wake_posted_, true))
    return;
  lock.unlock();
  wake();
}

void chat_stream::finish() {
  std::unique_lock lock{mutex_};
  finished_ = true;
  if (closed_ || std::exchange(wake_posted_, true))
    return;
  lock.unlock();
  wake();
}

void chat_stream::fail(error why) {
  std::unique_lock lock{mutex_};
  finished_ = true;
  failure_ = std::move(why);
  if (closed_ || std::exchange(wake_posted_, true))
    return;
  lock.unlock();
  wake();
}

void chat_stream::add_backlog(std::size_t bytes) {
  if (backlog_.fetch_add(bytes) + bytes > sink_high_water_bytes)
    was_over_ = true;
}

void chat_stream::wake() {
  boost::asio::post(
      context_, [self = shared_from_this()] { self->take_arrived(); });
}

void chat_stream::take_arrived() {
  {
    std::lock_guard lock{mutex_};
    wake_posted_ = false;
    if (queue_.empty())
      queue_.swap(arrived_);
    else
      std::move(arrived_.begin(), arrived_.end(), std::back_inserter(queue_));
    arrived_.clear();
    no_more_ = finished_;
    wrong_ = failure_;
  }
  if (closing_)
    return;
  if (socket_)
    send();
  else if (patience_ && has_something())
    patience_->cancel();
}

bool chat_stream::has_something() const {
  return no_more_
         || std::any_of(queue_.begin(), queue_.end(), [](const delivery& d) {
              return find_shown(*d.batch, d.after).any;
            });
}

std::optional<problem> chat_stream::early_failure() {
  for (const auto& d : queue_) {
    auto shown = find_shown(*d.batch, d.after);
    if (!shown.any)
      continue;
    if (!shown.failure)
      return std::nullopt;
    sent_ = shown.version;
    return stored_problem(shown.failure->code, shown.failure->reason);
  }
  if (wrong_)
    return to_problem(*wrong_);
  return std::nullopt;
}

boost::asio::awaitable<std::optional<problem>>
chat_stream::first(std::chrono::milliseconds patience) {
  patience_ = std::make_unique<boost::asio::steady_timer>(context_, patience);
  if (!has_something()) {
    boost::system::error_code ignored;
    co_await patience_->async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  patience_.reset();
  auto failed = early_failure();
  if (failed)
    close("finished");
  co_return failed;
}

} // namespace hansard
