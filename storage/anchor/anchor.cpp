#include "storage/anchor/anchor.hpp"

#include "events/text/hex.hpp"
#include "storage/format/keys.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <cstddef>
#include <variant>

namespace hansard::detail {

namespace {

constexpr std::string_view title = "hansard log anchor 1\n";

log_mark mark(
    const event_batch& batch, log_position position, stream_version version,
    timestamp at, std::uint16_t type) {
  std::string bytes;
  append_big(bytes, position.value);
  bytes += stream_prefix(batch.stream);
  append_big(bytes, version.value);
  append_big(bytes, static_cast<std::uint64_t>(to_unix_us(at)));
  append_big(bytes, std::uint64_t{type});
  return {position, XXH3_64bits(bytes.data(), bytes.size())};
}

/// Reads a text front to back; what does not fit makes all of it unfit.
class text_reader {
public:
  explicit text_reader(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  std::string_view rest() const { return rest_; }

  void literal(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_)
      rest_.remove_prefix(expected.size());
  }

  std::uint64_t number(int base, std::size_t width = 0) {
    auto size = width > 0 ? width : rest_.find('\n');
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    auto* end = rest_.data() + size;
    auto [stop, failure] = std::from_chars(rest_.data(), end, value, base);
    good_ = failure == std::errc{} && stop == end;
    rest_.remove_prefix(size);
    return value;
  }

private:
  std::string_view rest_;
  bool good_ = true;
};

} // namespace

log_mark mark_of_first(const event_batch& batch) {
  auto position = batch.first_position();
  const auto& item = batch.items.front();
  if (auto* run = std::get_if<token_run>(&item))
    return mark(
        batch, position, batch.first_version, run->marks.front().at,
        token_generated::type);
  const auto& single = std::get<stamped_event>(item);
  return mark(
      batch, position, batch.first_version, single.at, type_of(*single.body));
}

log_mark mark_of_last(
    const event_batch& batch, log_position position, stream_version version) {
  for (auto item = batch.items.rbegin(); item != batch.items.rend(); ++item) {
    if (auto* single = std::get_if<stamped_event>(&*item))
      return mark(batch, position, version, single->at, type_of(*single->body));
    const auto& marks = std::get<token_run>(*item).marks;
    if (!marks.empty())
      return mark(
          batch, position, version, marks.back().at, token_generated::type);
  }
  return {};
}

std::string to_text(const anchor& a) {
  auto text = fmt::format(
      "{}store {}\nhead {}\nevent {:016x}\n", title, hex_text(a.store),
      a.head.position.value, a.head.digest);
  text += fmt::format("check {:016x}\n", XXH3_64bits(text.data(), text.size()));
  return text;
}

std::optional<anchor> anchor_from(std::string_view text) {
  anchor a;
  text_reader in{text};
  in.literal(title);
  in.literal("store ");
  for (auto& byte : a.store)
    byte = static_cast<std::uint8_t>(in.number(16, 2));
  in.literal("\nhead ");
  a.head.position = {in.number(10)};
  in.literal("\nevent ");
  a.head.digest = in.number(16, 16);
  in.literal("\n");
  auto checked = text.size() - in.rest().size();
  in.literal("check ");
  auto check = in.number(16, 16);
  in.literal("\n");
  if (!in.good() || !in.rest().empty()
      || check != XXH3_64bits(text.data(), checked))
    return std::nullopt;
  return a;
}

} // namespace hansard::detail
