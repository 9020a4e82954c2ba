#include "tests/support/recording_sink.hpp"

#include <chrono>
#include <utility>

namespace hansard::test {

namespace {

constexpr std::chrono::seconds patience{30};

std::string text_of(const std::vector<recorded_event>& events) {
  std::string text;
  for (const auto& e : events)
    if (auto* token = std::get_if<token_generated>(&e.body))
      if (is_shown_answer(token->channel))
        text += token->text;
  return text;
}

} // namespace

std::string recording_sink::text() const {
  std::lock_guard lock{mutex_};
  return text_of(events_);
}

std::string recording_sink::story() const {
  std::lock_guard lock{mutex_};
  std::string story;
  bool in_text = false;
  for (const auto& e : events_) {
    auto* token = std::get_if<token_generated>(&e.body);
    if (in_text && !token)
      story += '"';
    if (!story.empty() && !(in_text && token))
      story += ' ';
    if (token && !in_text)
      story += '"';
    if (token)
      story += token->text;
    else
      story += name_of(e.body);
    in_text = token != nullptr;
  }
  return in_text ? story + '"' : story;
}

std::vector<recorded_event> recording_sink::events() const {
  std::lock_guard lock{mutex_};
  return events_;
}

stream_version recording_sink::last() const {
  std::lock_guard lock{mutex_};
  return events_.empty() ? stream_version{} : events_.back().version;
}

bool recording_sink::is_finished() const {
  std::lock_guard lock{mutex_};
  return finished_;
}

std::optional<error> recording_sink::failure() const {
  std::lock_guard lock{mutex_};
  return failure_;
}

std::string recording_sink::complaint() const {
  std::lock_guard lock{mutex_};
  return complaint_;
}

bool recording_sink::was_live() const {
  std::lock_guard lock{mutex_};
  return live_;
}

std::size_t recording_sink::deliveries() const {
  std::lock_guard lock{mutex_};
  return deliveries_;
}

void recording_sink::copy_events(
    std::size_t count, std::vector<recorded_event>& to) const {
  std::lock_guard lock{mutex_};
  for (auto i = count; i < events_.size(); ++i)
    to.push_back(events_[i]);
}

bool recording_sink::has_left() const {
  std::lock_guard lock{mutex_};
  return left_;
}

bool recording_sink::wait_for_end() const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return ended_locked(); });
}

bool recording_sink::wait_for_text(std::string_view text) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(
      lock, patience, [this, text] { return text_of(events_) == text; });
}

void recording_sink::read_on() {
  reads_ = true;
  bool was_high = backlog_.exchange(0) > sink_high_water_bytes;
  std::shared_ptr<sink_feedback> writer;
  {
    std::lock_guard lock{mutex_};
    writer = writer_;
  }
  if (was_high && writer)
    writer->drained();
}

void recording_sink::leave(std::string reason) {
  std::shared_ptr<sink_feedback> writer;
  {
    std::lock_guard lock{mutex_};
    left_ = true;
    writer = std::exchange(writer_, nullptr);
  }
  if (writer)
    writer->closed(last(), std::move(reason));
}

void recording_sink::attached(std::shared_ptr<sink_feedback> writer) {
  {
    std::lock_guard lock{mutex_};
    if (std::exchange(attached_, true))
      complaint_ += "attached twice; ";
    if (!left_) {
      writer_ = std::move(writer);
      return;
    }
  }
  writer->closed({}, "gone");
}

void recording_sink::deliver(batch_ptr batch, stream_version after, bool live) {
  std::lock_guard lock{mutex_};
  if (!attached_)
    complaint_ += "deliver before attached; ";
  if (ended_locked())
    complaint_ += "deliver after the end; ";
  ++deliveries_;
  live_ = live_ || live;
  batch->for_each([&](const recorded_event& e) {
    if (e.version <= after)
      return;
    auto due = events_.empty() ? after.next() : events_.back().version.next();
    if (e.version != due)
      complaint_ += "version " + std::to_string(e.version.value)
                    + " instead of " + std::to_string(due.value) + "; ";
    events_.push_back(e);
    if (!reads_)
      if (auto* token = std::get_if<token_generated>(&e.body))
        backlog_ += token->text.size();
  });
  changed_.notify_all();
}

void recording_sink::finish() {
  std::lock_guard lock{mutex_};
  if (ended_locked())
    complaint_ += "finish after the end; ";
  if (events_.empty() || !ends_turn(events_.back().body))
    complaint_ += "finish without the turn's ending; ";
  finished_ = true;
  changed_.notify_all();
}

void recording_sink::fail(error why) {
  std::lock_guard lock{mutex_};
  if (ended_locked())
    complaint_ += "fail after the end; ";
  failure_ = std::move(why);
  changed_.notify_all();
}

} // namespace hansard::test
