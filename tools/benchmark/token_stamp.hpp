#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// The text of a mock token, of fixed width, that tells where it stands in its
/// reply and when it was sent: "~00042:00000a1b2c3d4e5f ". None of its
/// characters is escaped in JSON, so it is found in any dialect by a scan.
inline constexpr std::size_t stamp_size = 24;

struct token_stamp {
  /// From 0 within the reply; below 100,000.
  std::uint32_t sequence = 0;
  /// CLOCK_MONOTONIC of the write.
  std::uint64_t sent_ns = 0;

  bool operator==(const token_stamp&) const = default;
};

/// Writes stamp_size bytes.
void write_stamp(char* out, token_stamp stamp);

/// Reads stamp_size bytes. False: they are not a stamp.
bool read_stamp(const char* bytes, token_stamp& stamp);

/// Finds the stamps in a text that comes in pieces cut anywhere.
class stamp_scanner {
public:
  template <class OnStamp>
  void feed(std::string_view piece, OnStamp&& on_stamp) {
    if (!carry_.empty()) {
      const auto missing = stamp_size - carry_.size();
      carry_.append(piece.substr(0, missing));
      if (carry_.size() < stamp_size)
        return;
      // A false start is dropped whole: '~' stands nowhere but before a stamp.
      if (token_stamp stamp; read_stamp(carry_.data(), stamp))
        on_stamp(stamp);
      carry_.clear();
      piece.remove_prefix(missing);
    }
    for (;;) {
      const auto at = piece.find('~');
      if (at == std::string_view::npos)
        return;
      piece.remove_prefix(at);
      if (piece.size() < stamp_size) {
        carry_.assign(piece);
        return;
      }
      if (token_stamp stamp; read_stamp(piece.data(), stamp)) {
        on_stamp(stamp);
        piece.remove_prefix(stamp_size);
      } else {
        piece.remove_prefix(1);
      }
    }
  }

  void reset() { carry_.clear(); }

private:
  std::string carry_;
};

} // namespace hansard::benchmark
