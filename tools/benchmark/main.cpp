#include "tools/benchmark/load.hpp"
#include "tools/benchmark/mock.hpp"
#include "tools/benchmark/process.hpp"
#include "tools/benchmark/run.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <csignal>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

namespace {

using namespace hansard::benchmark;

/// What the command line asked for; returns the exit status.
using action = std::function<int()>;

void add_mock(CLI::App& app, action& chosen) {
  auto* command = app.add_subcommand(
      "mock", "A model server whose models are named by what they do: "
              "mock-n100-i2000-w1 is 100 tokens, 2,000 us apart, one a write");
  auto address = std::make_shared<std::string>("127.0.0.1:0");
  command->add_option("--listen", *address, "Loopback address; port 0: any")
      ->capture_default_str();
  command->callback([address, &chosen] {
    chosen = [address] {
      run_mock({loopback_address::parse(*address)}, stop_asked);
      return 0;
    };
  });
}

void add_load(CLI::App& app, action& chosen) {
  struct arguments {
    load_options load;
    std::string target;
    std::string model = "mock-n20-i2000-w1";
  };
  auto a = std::make_shared<arguments>();
  auto* command =
      app.add_subcommand("load", "Chats with a server; prints what it saw");
  command->add_option("--target", a->target, "Loopback address")->required();
  command->add_option("--dialect", a->load.dialect, "openai or hansard")
      ->transform(CLI::CheckedTransformer(std::map<std::string, dialect>{
          {"openai", dialect::openai}, {"hansard", dialect::hansard}}));
  command->add_option("--key", a->load.key, "Bearer key")
      ->envname("HANSARD_BENCH_KEY");
  command->add_option("--model", a->model, "Name of a mock model")
      ->capture_default_str();
  command->add_option("--connections", a->load.connections)
      ->capture_default_str()
      ->check(CLI::Range(1, 20'000));
  command
      ->add_option(
          "--requests", a->load.requests,
          "Of each connection; 0: see --seconds")
      ->capture_default_str();
  command->add_option("--warmup", a->load.warmup, "Requests not counted")
      ->capture_default_str();
  command->add_option("--seconds", a->load.seconds, "Begin none after this");
  command->add_option(
      "--ramp", a->load.ramp_seconds, "Seconds over which connections start");
  command
      ->add_option("--deadline", a->load.deadline_seconds, "Seconds for it all")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  command->callback([a, &chosen] {
    chosen = [a] {
      const auto model = mock_model::parse(a->model);
      if (!model)
        throw std::invalid_argument("no such mock model: " + a->model);
      if (a->load.requests == 0 && a->load.seconds <= 0)
        throw std::invalid_argument("--requests 0 needs --seconds");
      a->load.model = *model;
      a->load.target = loopback_address::parse(a->target);
      std::cout << boost::json::serialize(to_json(run_load(a->load))) << "\n";
      return 0;
    };
  });
}

void add_run(CLI::App& app, action& chosen) {
  struct arguments {
    run_options run;
    std::string program = "build/release/hansard";
    std::string microbench;
    std::string folder = "/var/tmp";
    bool json = false;
  };
  auto a = std::make_shared<arguments>();
  auto* command = app.add_subcommand(
      "run", "Measures the rows against their targets; prints one table");
  command->add_option("--program", a->program, "The hansard program")
      ->capture_default_str();
  command->add_option(
      "--microbench", a->microbench,
      "hansard-microbench; default: beside this program");
  command
      ->add_option(
          "--folder", a->folder, "Where data goes: on the disk to be measured")
      ->capture_default_str();
  command->add_option(
      "--only", a->run.only,
      "Rows: single flat ten paced200 paced1000 slow9900 disk resume stalled "
      "recovery log access guardrails");
  command->add_flag("--quick", a->run.quick, "Shorter, for a look");
  command->add_flag("--json", a->json, "JSON instead of a table");
  command->callback([a, &chosen] {
    chosen = [a] {
      a->run.program = std::filesystem::absolute(a->program);
      a->run.folder = std::filesystem::absolute(a->folder);
      a->run.microbench =
          a->microbench.empty()
              ? own_program().parent_path() / "hansard-microbench"
              : std::filesystem::path(a->microbench);
      return run_rows(a->run, a->json);
    };
  });
}

} // namespace

int main(int argc, char** argv) try {
  // These can't fail: the signals exist.
  (void)std::signal(SIGINT, [](int) { stop_asked = 1; });
  (void)std::signal(SIGTERM, [](int) { stop_asked = 1; });
  (void)std::signal(SIGPIPE, SIG_IGN);

  CLI::App app{"Measures Hansard against its targets and its limits"};
  app.require_subcommand(1);
  action chosen;
  add_mock(app, chosen);
  add_load(app, chosen);
  add_run(app, chosen);
  CLI11_PARSE(app, argc, argv);
  return chosen();
} catch (const std::exception& e) {
  std::cerr << "hansard-bench: " << e.what() << "\n";
  return 2;
}
