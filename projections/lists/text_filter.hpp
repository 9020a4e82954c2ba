#pragma once

#include "events/error.hpp"

#include <initializer_list>
#include <memory>
#include <string_view>

namespace hansard {

/// Finds entries by a part of one of their texts, whatever the case: Unicode's
/// simple case folding, as RE2 has it, so that "Ä" finds "ä" and "SS" does not
/// find "ß". Immutable; any thread.
class text_filter {
public:
  static constexpr std::size_t max_characters = 200;

  /// @param part 1 to max_characters characters of UTF-8, taken literally.
  /// @returns invalid_request: it is not that.
  static result<std::shared_ptr<const text_filter>> make(std::string_view part);
  ~text_filter();

  /// Whether any of the texts has it.
  bool matches(std::initializer_list<std::string_view> texts) const;

private:
  struct impl;
  explicit text_filter(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
