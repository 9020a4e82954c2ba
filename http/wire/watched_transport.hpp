#pragma once

#include "http/wire/one_shot.hpp"
#include "http/wire/transport.hpp"

#include <optional>

namespace hansard {

/// What plain and TLS transports have in common: their socket, and the watch
/// over it.
class watched_transport : public transport {
public:
  void start_watch(std::shared_ptr<transport_listener> listener) override;
  boost::asio::awaitable<void> stop_watch(std::string& in) override;
  void cancel() override;
  void close() override;

protected:
  virtual boost::asio::ip::tcp::socket& socket() = 0;

  /// Begins one wait for input, which ends with input_came().
  virtual void wait_for_input(std::shared_ptr<transport_listener> listener) = 0;

  /// False: who waits for the end of the watch wants nothing more read.
  bool watching() const { return watching_; }

  /// @param bytes what was read; it counts also where the watch is being ended.
  void input_came(
      error_code failed, std::string_view bytes,
      std::shared_ptr<transport_listener> listener);

private:
  void watch(std::shared_ptr<transport_listener> listener);

  std::string watched_;
  std::optional<one_shot> watch_ended_;
  bool watching_ = false;
  bool wait_pending_ = false;
};

} // namespace hansard
