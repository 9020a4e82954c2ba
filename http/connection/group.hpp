#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>

namespace hansard {

/// Something that looks at the clock now and then.
class ticked : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  virtual ~ticked() = default;
  virtual void tick(std::chrono::steady_clock::time_point now) = 0;
  /// The server goes down; now: without waiting for what runs.
  virtual void shut_down(bool now) = 0;
};

/// The connections of one io_context, and their one timer: ten thousand streams
/// with deadlines and pings cost a walk over a list, not ten thousand timers.
/// While there are no connections there is no timer either. Everything on the
/// context's thread, except where it says otherwise.
class connection_group : public std::enable_shared_from_this<connection_group> {
public:
  /// @param period between two looks at the clock: deadlines are late by so
  ///        much at most.
  connection_group(
      boost::asio::io_context& context, std::chrono::milliseconds period)
      : context_(context),
        timer_(context),
        period_(period) {}

  boost::asio::io_context& context() { return context_; }

  /// `c` leaves when it is destroyed.
  void add(ticked& c);

  /// Tells all connections. Any thread.
  void shut_down(bool now);

private:
  void start_timer();
  void on_timer();

  using member_list = boost::intrusive::list<
      ticked, boost::intrusive::constant_time_size<false>>;

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds period_;
  bool ticking_ = false;
  member_list members_;
};

} // namespace hansard
