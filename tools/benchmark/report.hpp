#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hansard::benchmark {

enum class sense { at_most, at_least, informative };

/// One line of the table.
struct figure {
  /// The row of the targets, by its short name (`--only`).
  std::string row;
  std::string what;
  double measured = 0;
  std::string unit;
  benchmark::sense sense = sense::informative;
  /// In `unit`; nullopt where the target is a part of the reference.
  std::optional<double> target;
  /// The target as a part of the reference.
  std::optional<double> target_ratio;
  /// What the limit, or nginx, did in the same run.
  std::optional<double> reference;
  std::string reference_name;
  /// Where the measurement itself failed: why. Then nothing else counts.
  std::string fault;
  std::string note;

  /// measured over reference.
  std::optional<double> ratio() const;
  /// nullopt: there is nothing to compare with.
  std::optional<bool> met() const;
};

/// "1.23", "12.3", "123k": three digits that a person reads.
std::string short_number(double value);

/// Columns of figures, for people.
std::string to_table(const std::vector<figure>& figures);

boost::json::object to_json(const figure& f);

} // namespace hansard::benchmark
