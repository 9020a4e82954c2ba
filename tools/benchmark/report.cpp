#include "tools/benchmark/report.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace hansard::benchmark {

namespace {

using cells = std::array<std::string, 7>;

std::string target_cell(const figure& f) {
  if (f.sense == sense::informative)
    return "";
  const auto* sign = f.sense == sense::at_most ? "<=" : ">=";
  if (f.target)
    return fmt::format("{} {} {}", sign, short_number(*f.target), f.unit);
  return fmt::format("{} {} of {}", sign, *f.target_ratio, f.reference_name);
}

std::string verdict_cell(const figure& f) {
  if (!f.fault.empty())
    return "FAILED";
  if (f.sense == sense::informative)
    return "";
  const auto met = f.met();
  return met ? (*met ? "met" : "MISSED") : "no reference";
}

cells cells_of(const figure& f) {
  cells out;
  out[0] = f.row;
  out[1] = f.what;
  out[2] = f.fault.empty()
               ? fmt::format("{} {}", short_number(f.measured), f.unit)
               : "-";
  out[3] = target_cell(f);
  if (f.reference)
    out[4] = fmt::format("{} {}", f.reference_name, short_number(*f.reference));
  if (const auto ratio = f.ratio())
    out[5] = short_number(*ratio);
  out[6] = verdict_cell(f);
  return out;
}

} // namespace

std::optional<double> figure::ratio() const {
  if (!reference || *reference <= 0 || !fault.empty())
    return std::nullopt;
  return measured / *reference;
}

std::optional<bool> figure::met() const {
  if (!fault.empty())
    return false;
  auto limit = target;
  if (!limit && target_ratio && reference)
    limit = *target_ratio * *reference;
  if (!limit || sense == sense::informative)
    return std::nullopt;
  return sense == sense::at_most ? measured <= *limit : measured >= *limit;
}

std::string short_number(double value) {
  const auto size = std::abs(value);
  if (size >= 1e7)
    return fmt::format("{:.1f}M", value / 1e6);
  if (size >= 1e6)
    return fmt::format("{:.2f}M", value / 1e6);
  if (size >= 1e4)
    return fmt::format("{:.0f}k", value / 1e3);
  if (size >= 1e3)
    return fmt::format("{:.2f}k", value / 1e3);
  if (size >= 100)
    return fmt::format("{:.0f}", value);
  if (size >= 10)
    return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string to_table(const std::vector<figure>& figures) {
  std::vector<cells> rows{
      {"row", "what", "measured", "target", "reference", "ratio", ""}};
  for (const auto& f : figures)
    rows.push_back(cells_of(f));
  std::array<std::size_t, 7> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += fmt::format("{:<{}}  ", rows[r][i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    if (r == 0)
      continue;
    const auto& f = figures[r - 1];
    // Rows of one measurement fail together: once is enough.
    if (!f.fault.empty() && (r == 1 || figures[r - 2].fault != f.fault))
      out += "    " + f.fault + "\n";
    if (!f.note.empty())
      out += "    " + f.note + "\n";
  }
  return out;
}

boost::json::object to_json(const figure& f) {
  boost::json::object out{{"row", f.row},           {"what", f.what},
                          {"measured", f.measured}, {"unit", f.unit},
                          {"fault", f.fault},       {"note", f.note}};
  const auto put = [&](const char* name, const std::optional<double>& value) {
    out[name] = value ? boost::json::value(*value) : boost::json::value();
  };
  put("target", f.target);
  put("targetRatio", f.target_ratio);
  put("reference", f.reference);
  put("ratio", f.ratio());
  out["referenceName"] = f.reference_name;
  if (const auto met = f.met())
    out["met"] = *met;
  return out;
}

} // namespace hansard::benchmark
