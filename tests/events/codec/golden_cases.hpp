#pragma once

#include "events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::test {

/// One payload as it was released: golden/<name>.v<schema>.hex holds its bytes
/// for ever, `reads_as` is what they mean today.
struct golden_case {
  std::uint16_t schema;
  event reads_as;

  std::string file_name() const;
};

/// Every type in every schema ever released.
std::vector<golden_case> golden_cases();

std::string golden_folder();

/// Bytes of a file of hexadecimal digits and white space; nullopt: there is no
/// such file, or it holds something else.
std::optional<std::string> read_hex_file(const std::string& path);

std::string to_hex(std::string_view bytes);

} // namespace hansard::test
