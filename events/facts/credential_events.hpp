#pragma once

#include "events/facts/cause.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Facts of the control stream about what the server itself is given: the keys
/// of model servers, and its configuration.
namespace hansard {

/// A provider's key in the form in which it is stored: AES-256-GCM (NIST SP
/// 800-38D). Name and key id are authenticated with it, so that no ciphertext
/// passes for that of another name.
struct sealed_credential {
  /// What agents call it.
  std::string name;
  /// Which of the server's keys opens it.
  std::array<std::uint8_t, 8> key{};
  std::array<std::uint8_t, 12> nonce{};
  /// The tag, of 16 bytes, is its end.
  std::string ciphertext;
  /// Of the value under that key: tells two values apart and nothing more.
  std::array<std::uint8_t, 4> fingerprint{};

  bool operator==(const sealed_credential&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, key, nonce, ciphertext, fingerprint);
  }
};

/// New, or in place of the one of its name.
struct credential_set {
  static constexpr std::uint16_t type = 77;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "credential_set";

  sealed_credential credential;
  cause by;

  bool operator==(const credential_set&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(credential, by);
  }
};

struct credential_removed {
  static constexpr std::uint16_t type = 78;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "credential_removed";

  std::string credential;
  cause by;

  bool operator==(const credential_removed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(credential, by);
  }
};

/// The configuration was read anew and is in force. What of it concerns agents,
/// policies and guardrails is in events of its own, before this one.
struct configuration_reloaded {
  static constexpr std::uint16_t type = 79;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "configuration_reloaded";

  /// Of the file; of nothing where there is none.
  std::array<std::uint8_t, 32> sha256{};
  /// Names of what is different now: "log.level", "agent did:a:1".
  std::vector<std::string> changed;
  /// Settings that are different in the file, and stay as they were.
  std::vector<std::string> needs_restart;
  cause by;

  bool operator==(const configuration_reloaded&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(sha256, changed, needs_restart, by);
  }
};

} // namespace hansard
