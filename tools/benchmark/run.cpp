#include "tools/benchmark/run.hpp"

#include "tools/benchmark/machine.hpp"
#include "tools/benchmark/rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>

namespace hansard::benchmark {

namespace {

bool wanted(const run_options& options, std::string_view name) {
  return options.only.empty()
         || std::find(options.only.begin(), options.only.end(), name)
                != options.only.end();
}

std::vector<figure> measure_row(const row& r, const run_options& options) {
  try {
    return r.measure(options);
  } catch (const interrupted&) {
    throw;
  } catch (const std::exception& e) {
    // The other rows still tell something.
    figure out;
    out.row = r.name;
    out.what = "this row";
    out.fault = e.what();
    return {out};
  }
}

/// More than this, and the figures are another program's.
constexpr double most_busy = 0.15;

std::string machine_lines(const boost::json::object& m) {
  const auto text = [&](const char* name) {
    return std::string(m.at(name).as_string());
  };
  auto out = fmt::format(
      "commit {}; {} cores ({}), {}, Linux {}, {} descriptors\n"
      "data on {} ({}): 4 KiB write and fdatasync p50 {:.0f} us, p99 {:.0f} "
      "us\n",
      text("commit"), m.at("cores").to_number<int>(), text("processor"),
      text("memory"), text("kernel"),
      m.at("descriptorLimit").to_number<std::uint64_t>(), text("folder"),
      text("fileSystem"), m.at("syncP50Us").to_number<double>(),
      m.at("syncP99Us").to_number<double>());
  const auto busy = m.at("busyBefore").to_number<double>();
  if (busy > most_busy)
    out += fmt::format(
        "WARNING: other programs use {:.0f} % of this machine: what follows "
        "measures them too\n",
        busy * 100);
  return out;
}

} // namespace

int run_rows(const run_options& options, bool json) {
  for (const auto& name : options.only)
    if (std::none_of(
            std::begin(all_rows), std::end(all_rows),
            [&](const row& r) { return r.name == name; }))
      throw std::invalid_argument("there is no row " + name);

  const auto machine = describe_machine(options.folder);
  std::vector<figure> figures;
  for (const auto& row : all_rows) {
    if (!wanted(options, row.name))
      continue;
    std::cerr << "measuring " << row.name << " …" << std::endl;
    for (auto& f : measure_row(row, options))
      figures.push_back(std::move(f));
  }

  if (json) {
    boost::json::array rows;
    for (const auto& f : figures)
      rows.push_back(to_json(f));
    std::cout << boost::json::serialize(
        boost::json::object{{"machine", machine}, {"figures", std::move(rows)}})
              << "\n";
  } else {
    std::cout << machine_lines(machine) << "\n" << to_table(figures);
  }
  const bool all_met =
      std::all_of(figures.begin(), figures.end(), [](const figure& f) {
        return f.fault.empty() && f.met().value_or(true);
      });
  return all_met ? 0 : 1;
}

} // namespace hansard::benchmark
