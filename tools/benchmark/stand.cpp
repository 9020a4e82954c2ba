#include "tools/benchmark/stand.hpp"

#include <boost/json/value.hpp>
#include <sched.h>

#include <fstream>

namespace hansard::benchmark {

namespace {

/// Cores that this process may use, lowest first.
std::vector<int> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> out;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set))
      out.push_back(core);
  return out;
}

} // namespace

stand::stand(
    const run_options& options, const std::vector<mock_model>& models,
    stand::cores cores)
    : scratch_(options.folder) {
  if (cores == cores::server_on_one) {
    client_cores_ = usable_cores();
    server_cores_ = {client_cores_.front()};
    if (client_cores_.size() > 1)
      client_cores_.erase(client_cores_.begin());
  }
  mock_ = start_mock(scratch_.path(), client_cores_);
  nginx_ = start_nginx(scratch_.path(), mock_.address, server_cores_);
  hansard_ = start_hansard(
      scratch_.path(),
      {options.program, data(), mock_.address, models, server_cores_});
}

measurement stand::on(
    const running_server& server, const load_options& load, bool watch_memory) {
  settle(nginx_);
  settle(hansard_);
  auto options = measure_options{load, client_cores_, watch_memory};
  options.load.target = server.address;
  return measure(server, mock_, options);
}

measurement stand::direct(const load_options& load) {
  return on(mock_, load, false);
}

std::optional<measurement>
stand::through_nginx(const load_options& load, bool watch_memory) {
  if (!nginx_.process)
    return std::nullopt;
  return on(nginx_, load, watch_memory);
}

measurement
stand::through_hansard(const load_options& load, bool watch_memory) {
  auto out = on(hansard_, load, watch_memory);
  if (!out.fault().empty())
    out.seen["first_error"] = std::string(out.seen["first_error"].as_string())
                              + "; hansard said: " + log_tail();
  return out;
}

std::string stand::log_tail() const {
  constexpr std::size_t most = 500;
  std::ifstream file(scratch_.path() / "hansard.log");
  std::string out;
  for (std::string line; std::getline(file, line);)
    if (line.find("level=info") == std::string::npos)
      out += line + "; ";
  return out.size() > most ? out.substr(out.size() - most) : out;
}

bool stand::stop_hansard() {
  const bool well = hansard_.process->stop(std::chrono::seconds{30});
  hansard_.process.reset();
  return well;
}

} // namespace hansard::benchmark
