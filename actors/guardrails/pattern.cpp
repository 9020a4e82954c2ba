#include "actors/guardrails/pattern.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace hansard {

namespace {

/// Groups within groups.
constexpr int max_group_depth = 64;
/// Of `prefixes`: each level of groups writes what is in it once more.
constexpr std::size_t max_prefix_bytes = 256 * 1024;

/// A part of a pattern: itself, and its proper prefixes.
struct part {
  std::string whole;
  std::string prefixes;
  std::size_t shortest = 0;
  std::optional<std::size_t> longest = 0;
};

std::string group(const std::string& inner) { return "(?:" + inner + ')'; }

std::optional<std::size_t>
sum(std::optional<std::size_t> a, std::optional<std::size_t> b) {
  if (!a || !b)
    return std::nullopt;
  return *a + *b;
}

struct repetition {
  std::size_t least = 0;
  /// nullopt: no end.
  std::optional<std::size_t> most;
};

class pattern_reader {
public:
  explicit pattern_reader(std::string_view text) : rest_(text) {}

  result<pattern_shape> read() {
    auto all = alternatives(0);
    if (!failure_ && !rest_.empty())
      fail("has a ) too many");
    if (!failure_ && all.prefixes.size() > max_prefix_bytes)
      fail("is too large");
    if (failure_)
      return make_error(
          ec::invalid_request,
          "The pattern " + std::string(failure_)
              + ". It must be in RE2's syntax, without \\C, \\Q and flags in "
                "the middle of a group.");
    return pattern_shape{std::move(all.prefixes), all.longest, all.shortest};
  }

private:
  void fail(const char* why) {
    if (!failure_)
      failure_ = why;
    rest_ = {};
  }

  bool next_is(std::string_view text) const { return rest_.starts_with(text); }

  std::string_view take(std::size_t bytes) {
    if (bytes > rest_.size()) {
      fail("ends too early");
      return {};
    }
    auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  /// "(?i)" at the beginning of a group counts for all of it.
  std::string leading_flags() {
    std::string flags;
    while (next_is("(?")) {
      auto end = rest_.find_first_not_of("imsU-", 2);
      if (end == std::string_view::npos || end == 2 || rest_[end] != ')')
        break;
      flags += rest_.substr(2, end - 2);
      rest_.remove_prefix(end + 1);
    }
    return flags;
  }

  part alternatives(int depth) {
    if (depth > max_group_depth) {
      fail("has too many groups in groups");
      return {};
    }
    auto before = ignores_case_;
    auto flags = leading_flags();
    ignores_case_ = ignores_case_ || flags.find('i') != std::string::npos;
    auto all = concatenation(depth);
    bool several = false;
    while (!failure_ && next_is("|")) {
      take(1);
      auto one = concatenation(depth);
      several = true;
      all.whole += '|' + one.whole;
      all.prefixes += '|' + one.prefixes;
      all.shortest = std::min(all.shortest, one.shortest);
      all.longest = all.longest && one.longest
                        ? std::optional(std::max(*all.longest, *one.longest))
                        : std::nullopt;
    }
    ignores_case_ = before;
    if (!flags.empty()) {
      auto open = "(?" + flags + ':';
      all.whole = open + all.whole + ')';
      all.prefixes = open + all.prefixes + ')';
    } else if (several) {
      all.whole = group(all.whole);
      all.prefixes = group(all.prefixes);
    }
    return all;
  }

  part concatenation(int depth) {
    std::vector<part> parts;
    while (!failure_ && !rest_.empty() && !next_is("|") && !next_is(")"))
      parts.push_back(repeated(depth));
    part all;
    for (auto at = parts.rbegin(); at != parts.rend(); ++at) {
      if (at == parts.rbegin())
        all.prefixes = at->prefixes;
      else
        all.prefixes = group(at->prefixes + '|' + at->whole + all.prefixes);
      all.whole.insert(0, at->whole);
      all.shortest += at->shortest;
      all.longest = sum(all.longest, at->longest);
      if (all.prefixes.size() > max_prefix_bytes)
        fail("is too large");
    }
    return all;
  }

  part repeated(int depth) {
    auto one = atom(depth);
    while (!failure_) {
      auto times = quantifier();
      if (!times)
        break;
      one = repeat(one, *times);
    }
    return one;
  }

  static part repeat(const part& one, repetition times) {
    part all;
    all.shortest = one.shortest * times.least;
    auto least = std::to_string(times.least);
    if (!times.most) {
      all.longest = std::nullopt;
      all.whole = group(group(one.whole) + '{' + least + ",}");
      all.prefixes = group(group(one.whole) + '*' + group(one.prefixes));
      return all;
    }
    if (*times.most == 0)
      return all;
    if (one.longest)
      all.longest = *one.longest * *times.most;
    else
      all.longest = std::nullopt;
    all.whole = group(
        group(one.whole) + '{' + least + ',' + std::to_string(*times.most)
        + '}');
    all.prefixes = group(one.prefixes);
    if (*times.most > 1)
      all.prefixes = group(
          group(one.whole) + "{0," + std::to_string(*times.most - 1) + '}'
          + all.prefixes);
    return all;
  }

  std::optional<repetition> quantifier() {
    std::optional<repetition> found;
    if (next_is("*"))
      found = repetition{0, std::nullopt};
    else if (next_is("+"))
      found = repetition{1, std::nullopt};
    else if (next_is("?"))
      found = repetition{0, 1};
    if (found)
      take(1);
    else
      found = counted();
    if (found && next_is("?"))
      take(1);
    return found;
  }

  /// {n}, {n,} or {n,m}; anything else after a { is text.
  std::optional<repetition> counted() {
    if (!next_is("{"))
      return std::nullopt;
    auto end = rest_.find('}');
    if (end == std::string_view::npos)
      return std::nullopt;
    auto inner = rest_.substr(1, end - 1);
    auto comma = inner.find(',');
    auto least = number(inner.substr(0, comma));
    if (!least)
      return std::nullopt;
    repetition found{*least, *least};
    if (comma != std::string_view::npos) {
      auto most = inner.substr(comma + 1);
      found.most = number(most);
      if (!most.empty() && !found.most)
        return std::nullopt;
    }
    take(end + 1);
    return found;
  }

  static std::optional<std::size_t> number(std::string_view digits) {
    std::size_t value = 0;
    auto* end = digits.data() + digits.size();
    auto [at, ec] = std::from_chars(digits.data(), end, value);
    if (ec != std::errc{} || at != end || value > 1000)
      return std::nullopt;
    return value;
  }

  part atom(int depth) {
    switch (rest_.front()) {
    case '(':
      return bracketed(depth);
    case '[':
      return one_of(take(class_bytes()));
    case '\\':
      return escaped();
    case '.':
      return character(std::string(take(1)), 4);
    case '^':
    case '$':
      return assertion(take(1));
    case '*':
    case '+':
    case '?':
      fail("repeats nothing");
      return {};
    default:
      return literal();
    }
  }

  part bracketed(int depth) {
    take(1);
    std::string flags;
    auto before = ignores_case_;
    if (next_is("?P<")) {
      auto end = rest_.find('>');
      take(end == std::string_view::npos ? rest_.size() + 1 : end + 1);
    } else if (next_is("?")) {
      auto end = rest_.find_first_not_of("imsU-", 1);
      if (end == std::string_view::npos || rest_[end] != ':') {
        // Flags alone are taken where they may stand.
        fail("has flags in the middle of a group, or a group of another kind");
        return {};
      }
      flags = rest_.substr(1, end - 1);
      take(end + 1);
      ignores_case_ = ignores_case_ || flags.find('i') != std::string::npos;
    }
    auto inner = alternatives(depth + 1);
    ignores_case_ = before;
    if (!failure_ && !next_is(")"))
      fail("has a ( too many");
    take(1);
    auto open = "(?" + flags + ':';
    inner.whole = open + inner.whole + ')';
    inner.prefixes = open + inner.prefixes + ')';
    return inner;
  }

  part escaped() {
    if (rest_.size() < 2) {
      fail("ends with a backslash");
      return {};
    }
    switch (rest_[1]) {
    case 'b':
    case 'B':
    case 'A':
    case 'z':
      return assertion(take(2));
    case 'd':
    case 's':
    case 'w':
      return character(std::string(take(2)), 1);
    case 'D':
    case 'S':
    case 'W':
      return character(std::string(take(2)), 4);
    case 'C':
    case 'Q':
    case 'E':
      fail("has \\C, \\Q or \\E");
      return {};
    default:
      return character(std::string(take(escape_bytes(rest_))), 4);
    }
  }

  /// Bytes of an escape that stands for one character.
  static std::size_t escape_bytes(std::string_view at) {
    auto kind = at[1];
    bool braced = at.size() > 2 && at[2] == '{';
    if ((kind == 'p' || kind == 'P' || kind == 'x') && braced) {
      auto end = at.find('}');
      return end == std::string_view::npos ? at.size() + 1 : end + 1;
    }
    if (kind == 'p' || kind == 'P')
      return 3;
    if (kind == 'x')
      return 4;
    std::size_t digits = 0;
    while (kind >= '0' && kind <= '7' && digits < 3 && 1 + digits < at.size()
           && at[1 + digits] >= '0' && at[1 + digits] <= '7')
      ++digits;
    return 1 + std::max<std::size_t>(digits, 1);
  }

  /// Bytes of the class that begins here, brackets included.
  std::size_t class_bytes() const {
    std::size_t at = 1;
    if (at < rest_.size() && rest_[at] == '^')
      ++at;
    bool first = true;
    while (at < rest_.size() && (first || rest_[at] != ']')) {
      first = false;
      if (rest_[at] == '\\')
        at += 2;
      else if (rest_.substr(at).starts_with("[:")) {
        auto end = rest_.find(":]", at + 2);
        at = end == std::string_view::npos ? at + 1 : end + 2;
      } else
        ++at;
    }
    return at + 1;
  }

  part one_of(std::string_view text) {
    auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 128; };
    bool ascii = std::all_of(text.begin(), text.end(), is_plain)
                 && !text.starts_with("[^") && !text.starts_with("[[:^");
    // \d, \w and \s are ASCII; of the others no one knows without a table.
    for (auto at = text.find('\\'); ascii && at != std::string_view::npos;
         at = text.find('\\', at + 2))
      ascii = std::string_view("dws.-+/\\^[]()|_ nrt").find(text[at + 1])
              != std::string_view::npos;
    if (text.find(":^") != std::string_view::npos)
      ascii = false;
    return character(std::string(text), ascii ? 1 : 4);
  }

  part literal() {
    auto lead = static_cast<unsigned char>(rest_.front());
    std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::string text{take(bytes)};
    // What stood for itself must not become a repetition of what is put before
    // it.
    return character(text == "{" ? "\\{" : std::move(text), bytes);
  }

  part character(std::string text, std::size_t most) {
    part one;
    one.whole = std::move(text);
    one.shortest = 1;
    // A letter's other case may be longer: K is U+212A as well.
    one.longest = ignores_case_ ? 4 : most;
    return one;
  }

  static part assertion(std::string_view text) {
    part one;
    one.whole = text;
    return one;
  }

  std::string_view rest_;
  bool ignores_case_ = false;
  const char* failure_ = nullptr;
};

} // namespace

result<pattern_shape> analyse_pattern(std::string_view pattern) {
  return pattern_reader{pattern}.read();
}

} // namespace hansard
