#include "tools/benchmark/targets.hpp"

#include "tools/benchmark/load_request.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace hansard::benchmark {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Waits for "listening on http://ADDRESS" on the child's stdout.
loopback_address await_address(
    child_process& process, const std::string& what, const fs::path& log) {
  constexpr std::string_view ready = "listening on ";
  while (auto line = process.read_line(30s)) {
    if (const auto at = line->find(ready); at != std::string::npos)
      return loopback_address::parse(line->substr(at + ready.size()));
  }
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  throw std::runtime_error(what + " did not come up: " + said.str());
}

bool in_path(const std::string& program) {
  std::stringstream folders(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((fs::path(folder) / program).c_str(), X_OK) == 0)
      return true;
  return false;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush())
    throw std::runtime_error("cannot write " + path.string());
}

std::string nginx_configuration(
    const fs::path& folder, const loopback_address& listen,
    const loopback_address& upstream, std::size_t workers) {
  std::ostringstream out;
  out << "daemon off;\n"
      << (geteuid() == 0 ? "user root;\n" : "") << "pid " << folder.string()
      << "/nginx.pid;\n"
      << "worker_processes " << workers << ";\n"
      << "worker_rlimit_nofile " << descriptor_limit() << ";\n"
      << "events { worker_connections 25000; multi_accept on; }\n"
      << "http {\n  access_log off;\n";
  for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    out << "  " << kind << "_temp_path " << folder.string() << "/" << kind
        << ";\n";
  out << "  keepalive_requests 1000000000;\n"
         "  keepalive_timeout 600s;\n"
         "  tcp_nodelay on;\n"
         "  upstream model { server "
      << upstream.to_string()
      << "; keepalive 20000; keepalive_requests 1000000000; }\n"
         "  server {\n    listen "
      << listen.to_string()
      << " backlog=4096;\n"
         "    location / {\n"
         "      proxy_pass http://model;\n"
         "      proxy_http_version 1.1;\n"
         "      proxy_set_header Connection \"\";\n"
         "      proxy_buffering off;\n"
         "      proxy_read_timeout 600s;\n"
         "    }\n  }\n}\n";
  return out.str();
}

/// nginx can't be asked which port it got: one that was free a moment ago.
loopback_address free_address() {
  loopback_address address;
  listen_on(address);
  return address;
}

void await_connection(const loopback_address& address) {
  for (int tries = 0; tries < 500; ++tries) {
    const auto socket = connect_to(address);
    std::this_thread::sleep_for(10ms);
    if (connect_outcome(socket.get()) == 0)
      return;
    if (stop_asked)
      throw interrupted{};
  }
  throw std::runtime_error("nginx did not come up");
}

std::string hansard_configuration(const hansard_options& options) {
  std::ostringstream out;
  out << "[server]\nlisten = \"127.0.0.1:0\"\n\n[storage]\npath = "
      << options.data << "\n";
  for (const auto& model : options.models)
    out << "\n[[agents]]\ndid = \"" << agent_did(model) << "\"\nname = \""
        << model.name() << "\"\nprovider = \"openai-compatible\"\n"
        << "base_url = \"http://" << options.upstream.to_string()
        << "/v1\"\nmodel = \"" << model.name() << "\"\n";
  return out.str();
}

} // namespace

scratch_folder::scratch_folder(const fs::path& parent) {
  auto name = (parent / "hansard-bench-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw fs::filesystem_error(
        "cannot make a folder", parent,
        std::error_code(errno, std::generic_category()));
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path own_program() { return fs::read_symlink("/proc/self/exe"); }

running_server
start_mock(const fs::path& folder, const std::vector<int>& cores) {
  const auto log = folder / "mock.log";
  running_server out;
  out.process = std::make_unique<child_process>(
      spawn_options{{own_program().string(), "mock"}, {}, cores, log.string()});
  out.address = await_address(*out.process, "the mock", log);
  return out;
}

running_server start_nginx(
    const fs::path& folder, const loopback_address& upstream,
    const std::vector<int>& cores) {
  running_server out;
  std::string program = "nginx";
  if (!in_path(program)) {
    program = "/usr/sbin/nginx";
    if (!fs::exists(program))
      return out;
  }
  const auto workers = cores.empty()
                           ? std::max(1u, std::thread::hardware_concurrency())
                           : cores.size();
  const auto file = folder / "nginx.conf";
  out.address = free_address();
  write_file(file, nginx_configuration(folder, out.address, upstream, workers));
  out.process = std::make_unique<child_process>(spawn_options{
      {program, "-p", folder.string(), "-c", file.string(), "-e",
       (folder / "nginx.log").string()},
      {},
      cores,
      (folder / "nginx.log").string()});
  await_connection(out.address);
  return out;
}

running_server
start_hansard(const fs::path& folder, const hansard_options& options) {
  const auto file = folder / "hansard.toml";
  const auto log = folder / "hansard.log";
  write_file(file, hansard_configuration(options));
  running_server out;
  out.dialect = dialect::hansard;
  out.key = "benchmark-key-of-one-run-only";
  out.process = std::make_unique<child_process>(spawn_options{
      {options.program.string(), "serve", "--config", file.string()},
      {{"HANSARD_ADMIN_KEY", out.key}},
      options.cores,
      log.string()});
  out.address = await_address(*out.process, "hansard", log);
  return out;
}

} // namespace hansard::benchmark
