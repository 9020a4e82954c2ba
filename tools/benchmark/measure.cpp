#include "tools/benchmark/measure.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace hansard::benchmark {

using namespace std::chrono_literals;

namespace {

spawn_options
load_command(const running_server& server, const measure_options& options) {
  const auto& load = options.load;
  spawn_options out;
  out.cores = options.cores;
  out.environment = {{"HANSARD_BENCH_KEY", server.key}};
  out.argv = {own_program().string(), "load"};
  const auto add = [&](std::string name, std::string value) {
    out.argv.push_back("--" + std::move(name));
    out.argv.push_back(std::move(value));
  };
  add("target", server.address.to_string());
  add("dialect", server.dialect == dialect::openai ? "openai" : "hansard");
  add("model", load.model.name());
  add("connections", std::to_string(load.connections));
  add("requests", std::to_string(load.requests));
  add("warmup", std::to_string(load.warmup));
  add("seconds", std::to_string(load.seconds));
  add("ramp", std::to_string(load.ramp_seconds));
  add("deadline", std::to_string(load.deadline_seconds));
  return out;
}

double cpu_of(const running_server& server) {
  return server.process ? cpu_seconds(server.process->pid()) : 0.0;
}

} // namespace

double measurement::number(std::string_view path) const {
  const auto* at = &seen;
  for (;;) {
    const auto dot = path.find('.');
    const auto* value = at->if_contains(path.substr(0, dot));
    if (!value)
      throw std::runtime_error("no such number: " + std::string(path));
    if (dot == std::string_view::npos)
      return value->to_number<double>();
    at = &value->as_object();
    path.remove_prefix(dot + 1);
  }
}

double measurement::cpu_us_per_token() const {
  const auto tokens = number("tokens");
  return tokens > 0 ? server_cpu_seconds * 1e6 / tokens : 0;
}

std::string measurement::fault() const {
  const auto count = [&](std::string_view name, std::string_view what) {
    const auto n = number(name);
    return n > 0 ? std::to_string(static_cast<std::uint64_t>(n)) + " "
                       + std::string(what) + " "
                 : std::string{};
  };
  auto out = count("errors", "errors") + count("dropped", "dropped")
             + count("misplaced_tokens", "tokens out of place");
  if (out.empty() && number("replies") == 0)
    out = "no reply ";
  if (!out.empty())
    out += "(" + std::string(seen.at("first_error").as_string()) + ")";
  return out;
}

measurement measure(
    const running_server& server, const running_server& mock,
    const measure_options& options) {
  measurement out;
  if (options.watch_memory)
    out.idle_bytes = resident_bytes(server.process->pid());
  const auto server_cpu = cpu_of(server);
  const auto mock_cpu = cpu_of(mock);
  child_process load(load_command(server, options));
  const auto patience = std::chrono::milliseconds(
      static_cast<std::int64_t>(options.load.deadline_seconds * 1000) + 10'000);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!load.wait(options.watch_memory ? 500ms : patience)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("the load generator hangs");
    out.peak_bytes =
        std::max(out.peak_bytes, resident_bytes(server.process->pid()));
  }
  out.server_cpu_seconds = cpu_of(server) - server_cpu;
  out.mock_cpu_seconds = cpu_of(mock) - mock_cpu;
  out.load_cpu_seconds = load.total_cpu_seconds();
  const auto printed = load.read_line(0ms);
  if (!printed)
    throw std::runtime_error("the load generator failed");
  out.seen = boost::json::parse(*printed).as_object();
  return out;
}

void settle(const running_server& server) {
  if (!server.process)
    return;
  auto before = cpu_of(server);
  for (int i = 0; i < 25; ++i) {
    std::this_thread::sleep_for(200ms);
    if (stop_asked)
      throw interrupted{};
    const auto now = cpu_of(server);
    if (now - before < 0.006)
      return;
    before = now;
  }
}

} // namespace hansard::benchmark
