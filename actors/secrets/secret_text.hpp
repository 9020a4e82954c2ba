#pragma once

#include "events/error.hpp"

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace hansard {

/// Key material: its bytes are overwritten when it goes.
class secret_text {
public:
  secret_text() = default;
  explicit secret_text(std::string bytes) : bytes_(std::move(bytes)) {}
  secret_text(const secret_text&) = default;
  // There is no move: a short string that was moved from keeps its bytes.
  secret_text& operator=(const secret_text& other) {
    if (this != &other) {
      wipe();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  ~secret_text() { wipe(); }

  std::string_view view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

private:
  void wipe() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  std::string bytes_;
};

/// The least a shared secret may have; `openssl rand -base64 32` gives 44.
inline constexpr std::size_t min_secret_bytes = 24;

/// Whether a secret can be one: long enough, not one character over and over,
/// not what an example says. The message does not repeat it.
/// @returns invalid_request.
result<void> check_secret(std::string_view secret);

} // namespace hansard
