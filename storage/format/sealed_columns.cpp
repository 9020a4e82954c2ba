#include "storage/format/sealed_columns.hpp"

#include "storage/format/token_columns.hpp"
#include "storage/format/varint.hpp"

#include <zstd.h>

#include <limits>
#include <memory>
#include <utility>

namespace hansard::detail {

namespace {

constexpr int zstd_level = 3;

struct zstd_free {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

error malformed_seal(const char* what) {
  return make_error(
      ec::corrupt, std::string("A sealed record is malformed: ") + what + ".");
}

/// Raw size, stored size, bytes: compressed unless that saves nothing.
void put_section(std::string& out, const std::string& raw) {
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  auto size = ZSTD_compress(
      packed.data(), packed.size(), raw.data(), raw.size(), zstd_level);
  bool smaller = !ZSTD_isError(size) && size < raw.size();
  packed.resize(smaller ? size : 0);
  const auto& stored = smaller ? packed : raw;
  put_varint(out, raw.size());
  put_varint(out, stored.size());
  out += stored;
}

/// nullopt-like: fails `in` for what is not a section.
std::string get_section(byte_reader& in) {
  auto raw_size = in.varint(max_section_bytes);
  auto stored = in.bytes(in.varint());
  if (in.failed() || stored.size() == raw_size)
    return std::string(stored);
  // zstd says in its header what comes out: room is made for no more than a
  // matching promise.
  auto promised = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (stored.size() > raw_size || promised != raw_size) {
    in.fail();
    return {};
  }
  static thread_local std::unique_ptr<ZSTD_DCtx, zstd_free> context{
      ZSTD_createDCtx()};
  std::string raw(static_cast<std::size_t>(raw_size), '\0');
  auto size = ZSTD_decompressDCtx(
      context.get(), raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) || size != raw.size()) {
    in.fail();
    return {};
  }
  return raw;
}

void put_segments(
    std::string& out, const std::vector<position_segment>& positions) {
  put_varint(out, positions.size());
  std::uint64_t next = positions.front().first.value;
  for (const auto& segment : positions) {
    put_varint(out, segment.first.value - next);
    put_varint(out, segment.count);
    next = segment.first.value + segment.count;
  }
}

void get_segments(
    byte_reader& in, log_position first, std::uint64_t events,
    std::vector<position_segment>& positions) {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  auto count = in.varint(in.remaining() / 2);
  positions.reserve(static_cast<std::size_t>(count));
  auto next = first.value;
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    auto gap = in.varint(max - next);
    auto length = in.varint(events);
    events -= length;
    if ((i == 0) != (gap == 0) || length == 0 || length > max - next - gap)
      in.fail();
    positions.push_back({{next + gap}, length});
    next += gap + length;
  }
  if (events != 0)
    in.fail();
}

} // namespace

std::string encode_sealed(
    const std::vector<position_segment>& positions, const token_run& run) {
  std::string columns;
  put_segments(columns, positions);
  time_writer times;
  put_token_columns(columns, run, times);
  std::string out;
  put_section(out, columns);
  put_section(out, run.text);
  return out;
}

result<sealed_columns>
decode_sealed(std::string_view body, log_position first, std::uint64_t events) {
  byte_reader sections{body};
  auto columns = get_section(sections);
  auto text = get_section(sections);
  if (!sections.done())
    return malformed_seal("its sections");
  sealed_columns out;
  byte_reader in{columns};
  get_segments(in, first, events, out.positions);
  if (in.failed())
    return malformed_seal("its positions");
  time_reader times;
  auto text_bytes = get_token_columns(in, events, times, out.run);
  if (!in.done() || text_bytes != text.size())
    return malformed_seal("its columns");
  out.run.text = std::move(text);
  return out;
}

} // namespace hansard::detail
