#include "tools/benchmark/client.hpp"
#include "tools/benchmark/full_stand.hpp"
#include "tools/benchmark/histogram.hpp"
#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hansard::benchmark {

using namespace std::chrono_literals;

namespace {

constexpr double mib = 1024 * 1024;

std::string stream_of(const std::string& session) {
  return "/api/chat/sessions/" + session + "/stream";
}

double ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

/// Bytes of the texts in a stream, near enough: its JSON is not parsed.
std::size_t text_bytes(std::string_view body) {
  constexpr std::string_view begin = "{\"chunk\":\"";
  std::size_t bytes = 0;
  for (auto at = body.find(begin); at != std::string_view::npos;
       at = body.find(begin, at)) {
    at += begin.size();
    bytes += body.find('"', at) - at;
  }
  return bytes;
}

} // namespace

std::vector<figure> measure_resume(const run_options& options) {
  full_stand servers(options);
  // Words of six bytes: a little more than 1 MiB.
  const auto session = servers.add(1, 0, 230'000);
  servers.start();
  client reader(servers.server().address, servers.server().key);
  histogram first;
  histogram whole;
  std::size_t text = 0;
  std::size_t events = 0;
  const int rounds = options.quick ? 30 : 200;
  // The first ones warm the caches up, and are a figure of their own.
  std::uint64_t cold = 0;
  for (int i = -5; i < rounds; ++i) {
    const auto got = reader.get(stream_of(session));
    if (got.status != 200 || !got.first_data
        || got.body.find("data: [DONE]") == std::string::npos)
      throw std::runtime_error("a stream that was resumed is not whole");
    const auto first_ns = static_cast<std::uint64_t>(got.first_data->count());
    if (i == -5)
      cold = first_ns;
    if (i < 0)
      continue;
    first.add(first_ns);
    whole.add(static_cast<std::uint64_t>(got.whole.count()));
    text = text_bytes(got.body);
    events = 0;
    for (auto at = got.body.find("data:"); at != std::string::npos;
         at = got.body.find("data:", at + 1))
      ++events;
  }
  figure begins;
  begins.row = "resume";
  begins.what = "first byte of a recorded answer of 1 MiB, p50";
  begins.unit = "ms";
  begins.sense = sense::at_most;
  begins.target = 5;
  begins.measured = ms(first.quantile(0.5));
  begins.note = fmt::format(
      "p99 {} ms, the very first {} ms; {:.2f} MiB of text in {} events",
      short_number(ms(first.quantile(0.99))), short_number(ms(cold)),
      static_cast<double>(text) / mib, events);
  figure ends;
  ends.row = begins.row;
  ends.what = "the whole of it, p50";
  ends.unit = "ms";
  ends.measured = ms(whole.quantile(0.5));
  ends.note = fmt::format("p99 {} ms", short_number(ms(whole.quantile(0.99))));
  return {begins, ends};
}

std::vector<figure> measure_stalled(const run_options& options) {
  constexpr int readers = 1000;
  full_stand servers(options);
  // More than the kernel takes for a socket: 11 MiB.
  const auto session = servers.add(1, 0, 2'000'000);
  servers.start();
  const auto pid = servers.server().process->pid();
  const auto path = stream_of(session);
  std::vector<std::unique_ptr<client>> stalled;
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) {
      stalled.push_back(std::make_unique<client>(
          servers.server().address, servers.server().key, 4096));
      stalled.back()->ask(path);
    }
    // Until nothing moves any more.
    auto before = cpu_seconds(pid);
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(200ms);
      const auto now = cpu_seconds(pid);
      if (now - before < 0.01)
        break;
      before = now;
    }
    return resident_bytes(pid);
  };
  const auto idle = resident_bytes(pid);
  const auto held = add(readers);
  const auto waiting = std::chrono::seconds(options.quick ? 2 : 10);
  std::this_thread::sleep_for(waiting);
  const auto later = resident_bytes(pid);
  figure each;
  each.row = "stalled";
  each.what = "memory of a reader that takes nothing of 11 MiB";
  each.unit = "KiB";
  each.sense = sense::at_most;
  each.target = 256;
  each.measured =
      static_cast<double>(held - std::min(held, idle)) / 1024 / readers;
  each.note = fmt::format(
      "resident: {:.0f} MiB before, {:.0f} MiB with {} of them, {:.0f} MiB {} "
      "s later",
      static_cast<double>(idle) / mib, static_cast<double>(held) / mib, readers,
      static_cast<double>(later) / mib, waiting.count());
  figure flat;
  flat.row = each.row;
  flat.what = "what they take over time";
  flat.unit = "MiB";
  flat.sense = sense::at_most;
  flat.target = 8;
  flat.measured = static_cast<double>(later - std::min(later, held)) / mib;
  // The others are served as ever. Who takes nothing for the server's
  // write_timeout is dropped: on a slow machine some are by now.
  client other(servers.server().address, servers.server().key);
  const auto metrics = other.get("/metrics").body;
  constexpr std::string_view gauge = "\nhansard_http_streams ";
  if (const auto at = metrics.find(gauge); at != std::string::npos)
    flat.note = fmt::format(
        "{} hold their stream",
        std::strtoul(metrics.c_str() + at + gauge.size(), nullptr, 10));
  else
    flat.fault = "the server does not tell its metrics";
  return {each, flat};
}

} // namespace hansard::benchmark
