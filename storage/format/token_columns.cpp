#include "storage/format/token_columns.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace hansard::detail {

namespace {

/// Each stretch of tokens of one channel: the channel, the stretch's length.
void put_channels(std::string& out, const token_run& run) {
  const auto& marks = run.marks;
  for (std::size_t i = 0; i < marks.size();) {
    auto end = i + 1;
    while (end < marks.size() && marks[end].channel == marks[i].channel)
      ++end;
    out.push_back(static_cast<char>(marks[i].channel));
    put_varint(out, end - i);
    i = end;
  }
}

void get_channels(byte_reader& in, token_run& run) {
  auto& marks = run.marks;
  for (std::size_t i = 0; i < marks.size() && !in.failed();) {
    auto channel = in.byte();
    auto stretch = in.varint(marks.size() - i);
    if (channel > static_cast<std::uint8_t>(token_channel::substitute_reasoning)
        || stretch == 0) {
      in.fail();
      return;
    }
    for (auto end = i + stretch; i < end; ++i)
      marks[i].channel = static_cast<token_channel>(channel);
  }
}

} // namespace

void put_token_columns(
    std::string& out, const token_run& run, time_writer& times) {
  for (const auto& mark : run.marks)
    put_varint(out, mark.length);
  for (const auto& mark : run.marks)
    times.put(out, mark.at);
  put_channels(out, run);
}

std::uint64_t get_token_columns(
    byte_reader& in, std::uint64_t count, time_reader& times, token_run& run) {
  // A token takes a byte of length and a byte of time at least.
  if (count == 0 || count > in.remaining() / 2) {
    in.fail();
    return 0;
  }
  run.marks.resize(static_cast<std::size_t>(count));
  std::uint64_t text_bytes = 0;
  for (auto& mark : run.marks) {
    mark.length = static_cast<std::uint32_t>(
        in.varint(std::numeric_limits<std::uint32_t>::max()));
    text_bytes += mark.length;
  }
  for (auto& mark : run.marks)
    mark.at = times.get(in);
  get_channels(in, run);
  return text_bytes;
}

} // namespace hansard::detail
