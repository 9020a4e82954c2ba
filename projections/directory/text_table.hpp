#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hansard {

/// Lets a table of texts be asked with a view.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

template <class Value>
using by_text =
    std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

} // namespace hansard
