#pragma once

#include "tests/support/temp_dir.hpp"
#include "tools/hansard/config/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace hansard {

/// A folder with a hansard.toml, gone with the test.
class config_fixture : public testing::Test {
protected:
  /// Writes the file and names it as a source.
  void write(std::string_view toml) {
    sources.file = folder_ / "hansard.toml";
    std::ofstream(sources.file, std::ios::binary) << toml;
  }

  result<config> load() const { return load_config(sources); }

  /// What is wrong, the folder's name cut; "" if nothing is.
  std::string problems() const {
    auto loaded = load();
    if (loaded)
      return "";
    std::string text = loaded.error().message;
    const std::string prefix = folder_ / "";
    for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }

  std::string problems_of(std::string_view toml) {
    write(toml);
    return problems();
  }

  config_sources sources;

private:
  test::temp_dir folder_;
};

} // namespace hansard
