#include "tools/benchmark/mock_model.hpp"

#include <array>
#include <charconv>

namespace hansard::benchmark {

namespace {

// Common English words and pieces, roughly by frequency, as a tokenizer cuts
// them.
constexpr std::array<std::string_view, 160> words{
    " the",        " of",         " and",       " to",
    " in",         " a",          ",",          ".",
    " is",         " that",       " for",       " it",
    " was",        " as",         " with",      " be",
    " on",         " by",         " this",      " are",
    " or",         " not",        " from",      " an",
    " at",         " which",      " have",      " has",
    " its",        " we",         " will",      " their",
    " can",        " more",       " all",       " one",
    " but",        " been",       " these",     " other",
    " new",        " some",       " time",      " when",
    " into",       " only",       " so",        " may",
    " such",       " than",       " most",      " over",
    " also",       " many",       " then",      " first",
    " two",        " about",      " after",     " market",
    " growth",     " region",     " quarter",   " year",
    " sales",      " rose",       " fell",      " percent",
    " demand",     " supply",     " costs",     " price",
    " energy",     " services",   " industry",  " report",
    " data",       " model",      " trend",     " adoption",
    " cloud",      " security",   " policy",    " risk",
    " capital",    " invest",     "ment",       "ing",
    "ed",          "ly",          "ion",        "s",
    "er",          "al",          " customers", " regulation",
    " compliance", " audit",      " record",    " system",
    " process",    " change",     " increase",  " decline",
    " stable",     " outlook",    " forecast",  " strong",
    " weak",       " public",     " private",   " sector",
    " digital",    " transform",  "ation",      " infrastructure",
    " operations", " efficiency", " margin",    " revenue",
    " profit",     " loss",       " inflation", " interest",
    " rate",       " bank",       " credit",    " debt",
    " fiscal",     " budget",     " spending",  " consumer",
    " confidence", " employment", " wages",     " labour",
    " skills",     " training",   " health",    " transport",
    " logistics",  " chain",      " export",    " import",
    " trade",      " tariff",     " currency",  " exchange",
    " euro",       " dollar",     " pound",     " north",
    " south",      " east",       " west",      " central",
    " emerging",   " mature",     ":",          ";"};

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

bool take_number(std::string_view& rest, std::uint32_t& out) {
  const auto* begin = rest.data();
  const auto [end, error] = std::from_chars(begin, begin + rest.size(), out);
  if (error != std::errc{})
    return false;
  rest.remove_prefix(static_cast<std::size_t>(end - begin));
  return true;
}

} // namespace

std::string mock_model::name() const {
  auto out = "mock-n" + std::to_string(tokens) + "-i"
             + std::to_string(interval_us) + "-w" + std::to_string(per_write)
             + "-f" + std::to_string(first_us);
  if (text == mock_text::words)
    out += "-words";
  return out;
}

std::optional<mock_model> mock_model::parse(std::string_view name) {
  if (!name.starts_with("mock"))
    return std::nullopt;
  mock_model model;
  auto rest = name.substr(4);
  while (!rest.empty()) {
    if (rest == "-words") {
      model.text = mock_text::words;
      break;
    }
    if (rest.size() < 3 || rest[0] != '-')
      return std::nullopt;
    const char key = rest[1];
    rest.remove_prefix(2);
    std::uint32_t value = 0;
    if (!take_number(rest, value))
      return std::nullopt;
    switch (key) {
    case 'n':
      model.tokens = value;
      break;
    case 'i':
      model.interval_us = value;
      break;
    case 'w':
      model.per_write = value;
      break;
    case 'f':
      model.first_us = value;
      break;
    default:
      return std::nullopt;
    }
  }
  if (model.tokens < 1 || model.tokens > 99'999 || model.per_write < 1
      || model.per_write > 100)
    return std::nullopt;
  return model;
}

std::string_view word_of(std::uint64_t reply, std::uint32_t sequence) {
  const auto draw = mix(reply * 0x9e3779b97f4a7c15u + sequence + 1);
  // The product of two even draws leans to the front of the list, as word
  // frequencies do.
  const auto a = draw & 0xffff;
  const auto b = (draw >> 16) & 0xffff;
  return words[(a * b * words.size()) >> 32];
}

} // namespace hansard::benchmark
