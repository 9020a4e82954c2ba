#include "http/upstream/upstream_json.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hansard {

namespace json = boost::json;

namespace {

/// A thread's parser with its memory: streams by the thousand need none of
/// their own.
class scratch {
public:
  const json::value* parse(std::string_view text) {
    value_.reset();
    parser_.reset();
    // A new one each time: release() would keep the doubled block size of
    // each large text that ever came, until no block can be had.
    memory_.emplace(values_.data(), values_.size());
    parser_.reset(&*memory_);
    json::error_code ec;
    parser_.write(text.data(), text.size(), ec);
    if (ec)
      return nullptr;
    return &value_.emplace(parser_.release());
  }

private:
  static json::parse_options tolerant() {
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    return options;
  }

  alignas(std::max_align_t) std::array<unsigned char, 16 * 1024> values_;
  alignas(std::max_align_t) std::array<unsigned char, 8 * 1024> stack_;
  std::optional<json::monotonic_resource> memory_;
  json::parser parser_{
      json::storage_ptr(), tolerant(), stack_.data(), stack_.size()};
  std::optional<json::value> value_;
};

std::optional<std::uint32_t> read_unit(std::string_view text) {
  if (!text.starts_with("\\u") || text.size() < 6)
    return std::nullopt;
  std::uint32_t unit = 0;
  const auto* last = text.data() + 6;
  const auto parsed = std::from_chars(text.data() + 2, last, unit, 16);
  if (parsed.ptr != last || parsed.ec != std::errc())
    return std::nullopt;
  return unit;
}

bool is_surrogate(std::uint32_t unit) { return unit >> 11 == 0x1B; }
bool is_high(std::uint32_t unit) { return unit >> 10 == 0x36; }
bool is_low(std::uint32_t unit) { return unit >> 10 == 0x37; }

/// `text` with each \uD800…\uDFFF that is not half of a pair as bytes, which
/// the parser lets pass.
std::string free_lone_surrogates(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto escape = text.find('\\');
    out.append(text.substr(0, escape));
    if (escape == std::string_view::npos)
      break;
    text.remove_prefix(escape);
    std::size_t taken = 2;
    const auto unit = read_unit(text);
    if (unit && is_surrogate(*unit)) {
      taken = 6;
      const auto next = read_unit(text.substr(taken));
      if (is_high(*unit) && next && is_low(*next)) {
        taken = 12;
      } else {
        out += static_cast<char>(0xE0u | *unit >> 12);
        out += static_cast<char>(0x80u | (*unit >> 6 & 0x3Fu));
        out += static_cast<char>(0x80u | (*unit & 0x3Fu));
        text.remove_prefix(taken);
        continue;
      }
    }
    out.append(text.substr(0, taken));
    text.remove_prefix(std::min(taken, text.size()));
  }
  return out;
}

/// `text` with null for each NaN, Infinity and -Infinity that is a value:
/// Python's json writes them, and the clients that it was tried with read them.
std::string without_nonfinite_numbers(std::string_view text) {
  constexpr std::array<std::string_view, 3> names{
      "NaN", "Infinity", "-Infinity"};
  std::string out;
  out.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      out.append(text.substr(i++, 2));
      continue;
    }
    if (c == '"')
      quoted = !quoted;
    const auto* name =
        quoted ? names.end()
               : std::find_if(names.begin(), names.end(), [&](auto n) {
                   return text.substr(i).starts_with(n);
                 });
    if (name == names.end()) {
      out += c;
      continue;
    }
    out += "null";
    i += name->size() - 1;
  }
  return out;
}

} // namespace

const json::value* parse_upstream_json(std::string_view text) {
  thread_local scratch memory;
  if (const auto* value = memory.parse(text))
    return value;
  const bool surrogates = text.find("\\u") != std::string_view::npos;
  const bool nonfinite = text.find("NaN") != std::string_view::npos
                         || text.find("Infinity") != std::string_view::npos;
  if (!surrogates && !nonfinite)
    return nullptr;
  std::string mended(text);
  if (surrogates)
    mended = free_lone_surrogates(mended);
  if (nonfinite)
    mended = without_nonfinite_numbers(mended);
  return memory.parse(mended);
}

const json::value*
find_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  return member && !member->is_null() ? member : nullptr;
}

const json::object*
find_object(const json::object& object, std::string_view name) {
  const auto* member = find_member(object, name);
  return member ? member->if_object() : nullptr;
}

const json::array*
find_array(const json::object& object, std::string_view name) {
  const auto* member = find_member(object, name);
  return member ? member->if_array() : nullptr;
}

std::string_view find_text(const json::object& object, std::string_view name) {
  const auto* member = find_member(object, name);
  const auto* text = member ? member->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size())
              : std::string_view();
}

} // namespace hansard
