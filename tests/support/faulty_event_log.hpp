#pragma once

#include "storage/event_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <vector>

namespace hansard::test {

/// A log that fails when told to; else the one behind it.
class faulty_event_log : public event_log {
public:
  explicit faulty_event_log(
      std::unique_ptr<event_log> behind = make_memory_event_log())
      : behind_(std::move(behind)) {}

  /// Asked about each request before it is written; what it names is its
  /// outcome, with nothing written. storage_failed: for good. Set it while
  /// nothing appends.
  std::function<std::optional<ec>(const append_request&)> judge;
  /// Called first in append(), on its thread: a test may block there.
  std::function<void()> before_append;

  /// The next `count` requests are refused.
  void refuse_next(ec why, std::size_t count = 1);
  /// From the next append on, nothing is taken.
  void fail_for_good();
  void set_free_bytes(std::optional<std::uint64_t> bytes) { free_ = bytes; }
  /// Every read of a stream gives this.
  void break_reads(std::optional<error> why) { broken_read_ = std::move(why); }

  /// Every read throws, as one may that finds no memory.
  void throw_on_reads(bool yes) { throws_ = yes; }

  /// Requests of each append that had some.
  const std::vector<std::size_t>& groups() const { return groups_; }
  std::size_t seals() const { return seals_; }

  void append(
      std::span<append_request> requests,
      std::span<result<log_position>> outcomes,
      std::span<const std::unique_ptr<prepared_seal>> seals) override;
  result<stream_version> version_of(const stream_id& stream) const override {
    return behind_->version_of(stream);
  }
  result<void> read_stream(
      const stream_id& stream, stream_version from,
      const batch_visitor& visit) const override;
  result<void>
  read_all(log_position from, const batch_visitor& visit) const override {
    return behind_->read_all(from, visit);
  }
  log_position head() const noexcept override { return behind_->head(); }
  result<void>
  visit_unsealed(const std::function<bool(stream_id)>& visit) const override {
    return behind_->visit_unsealed(visit);
  }
  result<std::unique_ptr<prepared_seal>>
  prepare_seal(const stream_id& stream) const override {
    if (throws_)
      throw std::bad_alloc{};
    return behind_->prepare_seal(stream);
  }
  bool failed() const noexcept override { return failed_; }
  std::optional<std::uint64_t> free_bytes() const override { return free_; }

private:
  std::unique_ptr<event_log> behind_;
  std::atomic<bool> fails_{false};
  std::atomic<bool> failed_{false};
  std::size_t refusals_ = 0;
  ec refusal_ = ec::none;
  std::optional<std::uint64_t> free_;
  std::optional<error> broken_read_;
  bool throws_ = false;
  std::vector<std::size_t> groups_;
  std::size_t seals_ = 0;
};

/// Every event of a stream, in order.
std::vector<recorded_event>
events_of(const event_log& log, const stream_id& stream);

/// The names of a stream's events, each run of tokens as its text in quotes:
/// "session_opened messages_received … "Hello" generation_completed".
std::string story_of(const event_log& log, const stream_id& stream);

} // namespace hansard::test
