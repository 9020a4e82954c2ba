#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace hansard {

/// A built-in detector: a pattern, and a check that patterns can't do.
struct guard_detector {
  std::string_view name;
  /// What it finds, for people.
  std::string_view finds;
  std::string_view pattern;
  /// Bytes; longer matches are cut there.
  std::size_t longest;
  /// How many bytes of a candidate, from its beginning, are a match; 0: none.
  /// nullptr: all of them.
  std::size_t (*accept)(std::string_view candidate) = nullptr;
};

/// All of them. A name may stand here several times: its patterns count
/// together.
std::span<const guard_detector> guard_detectors();

/// ISO/IEC 7812-1 annex B: the digits' check sum.
bool passes_luhn(std::string_view digits);

/// ISO 13616: country, length for it, and ISO 7064's mod 97.
/// @param iban capital letters and digits, no spaces.
bool is_iban(std::string_view iban);

/// A card number's issuer range and length, and its Luhn check.
bool is_payment_card(std::string_view digits);

} // namespace hansard
