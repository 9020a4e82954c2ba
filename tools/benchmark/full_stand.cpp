#include "tools/benchmark/full_stand.hpp"

#include "tools/benchmark/client.hpp"

#include <fstream>
#include <stdexcept>
#include <thread>

namespace hansard::benchmark {

using namespace std::chrono_literals;

full_stand::full_stand(const run_options& options)
    : options_(options),
      scratch_(options.folder) {
  std::filesystem::create_directories(log().parent_path());
  std::filesystem::permissions(
      log().parent_path(), std::filesystem::perms::owner_all);
}

std::string full_stand::add(
    std::uint32_t ended, std::uint32_t streaming, std::uint32_t tokens) {
  child_process process(spawn_options{
      {(own_program().parent_path() / "hansard-make-log").string(),
       log().string(), std::to_string(ended), std::to_string(streaming),
       std::to_string(tokens), std::to_string(sessions_)},
      {},
      {},
      (scratch_.path() / "make-log.log").string()});
  if (!process.wait(300s))
    throw std::runtime_error("hansard-make-log took too long");
  sessions_ += ended + streaming;
  auto last = process.read_line(0ms);
  if (!last)
    throw std::runtime_error("hansard-make-log failed");
  return *last;
}

void full_stand::rebuild() {
  child_process process(spawn_options{
      {options_.program.string(), "rebuild", "--storage-path",
       log().parent_path().string()},
      {},
      {},
      (scratch_.path() / "rebuild.log").string()});
  if (!process.wait(300s))
    throw std::runtime_error("the projections took too long");
}

std::chrono::duration<double> full_stand::start() {
  const auto began = std::chrono::steady_clock::now();
  // Its model server: nothing is asked of it.
  const auto nobody = loopback_address::parse("127.0.0.1:1");
  server_ = start_hansard(
      scratch_.path(),
      {options_.program, log().parent_path(), nobody, {mock_model{}}, {}});
  client probe(server_.address, server_.key);
  while (probe.get("/readyz").status != 200) {
    if (stop_asked)
      throw interrupted{};
    if (std::chrono::steady_clock::now() - began > 120s)
      throw std::runtime_error("hansard does not get ready");
    std::this_thread::sleep_for(2ms);
  }
  return std::chrono::steady_clock::now() - began;
}

std::uint64_t full_stand::peak_bytes() const {
  std::ifstream status(
      "/proc/" + std::to_string(server_.process->pid()) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::stoull(line.substr(6)) * 1024;
  return 0;
}

} // namespace hansard::benchmark
