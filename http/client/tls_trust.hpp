#pragma once

#include "events/error.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace hansard {

/// What is trusted: the system's certificate authorities, and those of a file.
/// Read once, at the first HTTPS call: they are a few hundred, and many
/// installations never need them. Any thread.
class upstream_tls {
public:
  /// @param ca_file PEM; empty: none.
  explicit upstream_tls(std::string ca_file);
  ~upstream_tls();

  /// Reads the authorities, if nobody has (some 10 ms), so that a thread of
  /// the streams finds them ready.
  void prepare();
  /// Never null; lives as long as this. upstream_unavailable: a file can't be
  /// read.
  result<boost::asio::ssl::context*> context();

private:
  void load();

  const std::string ca_file_;
  std::once_flag loaded_;
  std::unique_ptr<boost::asio::ssl::context> context_;
  std::string problem_;
};

} // namespace hansard
