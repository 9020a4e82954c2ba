#include "tools/benchmark/log_files.hpp"
#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <string>

namespace hansard::benchmark {

namespace {

struct text_size {
  std::uint64_t plain = 0;
  std::uint64_t packed = 0;
};

/// The replies' texts as they are, and each compressed by itself.
text_size text_of(std::uint64_t replies, const mock_model& model) {
  text_size out;
  std::string text;
  std::string packed;
  for (std::uint64_t reply = 0; reply < replies; ++reply) {
    text.clear();
    for (std::uint32_t i = 0; i < model.tokens; ++i)
      text += word_of(reply, i);
    packed.resize(ZSTD_compressBound(text.size()));
    out.plain += text.size();
    out.packed += ZSTD_compress(
        packed.data(), packed.size(), text.data(), text.size(), 3);
  }
  return out;
}

} // namespace

std::vector<figure> measure_disk(const run_options& options) {
  load_options load;
  load.model = {.tokens = 250, .interval_us = 2000, .text = mock_text::words};
  load.connections = 64;
  load.requests = options.quick ? 4 : 16;
  load.deadline_seconds = 60;
  stand servers(options, {load.model});
  const auto seen = servers.through_hansard(load);
  figure out;
  out.row = "disk";
  out.what = "disk per token beyond its compressed text";
  out.unit = "bytes";
  out.sense = sense::at_most;
  out.target = 8;
  out.fault = seen.fault();
  if (!servers.stop_hansard() && out.fault.empty())
    out.fault = "hansard did not end well";
  if (!out.fault.empty())
    return {out};

  const auto replies = static_cast<std::uint64_t>(seen.number("replies"));
  const auto tokens = static_cast<double>(replies * load.model.tokens);
  const auto text = text_of(replies, load.model);
  const auto left = log_bytes(servers.data());
  compact_log(servers.data());
  const auto compacted = log_bytes(servers.data());
  const auto beyond = [&](std::uint64_t bytes, std::uint64_t text_bytes) {
    return (static_cast<double>(bytes) - static_cast<double>(text_bytes))
           / tokens;
  };
  out.measured = beyond(compacted, text.packed);
  out.note = fmt::format(
      "{:.0f} tokens in {} turns: {:.2f} bytes a token on disk compacted "
      "({:.2f} as the server left it); text {:.2f}, compressed {:.2f}; beyond "
      "the plain text {:.2f}",
      tokens, replies, static_cast<double>(compacted) / tokens,
      static_cast<double>(left) / tokens,
      static_cast<double>(text.plain) / tokens,
      static_cast<double>(text.packed) / tokens, beyond(compacted, text.plain));
  return {out};
}

} // namespace hansard::benchmark
