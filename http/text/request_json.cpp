#include "http/text/request_json.hpp"

#include "events/text/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <cctype>
#include <charconv>
#include <cstdint>
#include <exception>
#include <random>
#include <unordered_set>
#include <vector>

namespace hansard {

namespace {

namespace json = boost::json;

/// Sees the JSON go by: knows where it is, and which members each open object
/// has had. Members are compared by a 64-bit hash of their unescaped names, so
/// that a body full of members costs little memory; two names of one hash count
/// as one name that is there twice.
struct json_inspector {
  /// Which bucket a hash falls into is nobody's to foresee: else a body whose
  /// names meet in one would cost the square of its size.
  struct keyed_hash {
    std::size_t operator()(std::size_t hash) const {
      static const std::size_t multiplier =
          (std::size_t{std::random_device{}()} << 32 | std::random_device{}())
          | 1;
      return (hash * multiplier) >> 7;
    }
  };

  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  struct level {
    bool is_array = false;
    std::size_t count = 0;
    /// The member that is being read.
    std::string key;
    std::unordered_set<std::size_t, keyed_hash> seen;
  };

  json_limits limits;
  std::vector<level> open;
  std::string key;
  std::string complaint;

  /// "messages[2].role"; "the body" at the top.
  std::string path() const {
    std::string out;
    for (const auto& at : open) {
      if (at.is_array) {
        out += '[' + std::to_string(at.count) + ']';
      } else if (!at.key.empty()) {
        if (!out.empty())
          out += '.';
        out += at.key;
      }
    }
    return out.empty() ? "the body" : out;
  }

  bool refuse(std::string why, json::error_code& ec) {
    complaint = std::move(why);
    ec = json::error::exception;
    return false;
  }

  bool next_value(json::error_code& ec) {
    if (open.empty() || !open.back().is_array)
      return true;
    return open.back().count < limits.max_elements
           || refuse(path() + ": the array has too many elements.", ec);
  }
  void value_done() {
    if (!open.empty() && open.back().is_array)
      ++open.back().count;
  }
  bool scalar(json::error_code& ec) {
    bool taken = next_value(ec);
    value_done();
    return taken;
  }
  bool begin(bool is_array, json::error_code& ec) {
    if (!next_value(ec))
      return false;
    if (open.size() >= limits.max_depth)
      return refuse(
          path() + ": nested deeper than " + std::to_string(limits.max_depth)
              + " levels.",
          ec);
    open.push_back({is_array, 0, {}, {}});
    return true;
  }
  bool end() {
    open.pop_back();
    value_done();
    return true;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code& ec) { return begin(true, ec); }
  bool on_array_end(std::size_t, json::error_code&) { return end(); }
  bool on_object_begin(json::error_code& ec) { return begin(false, ec); }
  bool on_object_end(std::size_t, json::error_code&) { return end(); }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) {
    key.append(s.data(), s.size());
    return true;
  }
  bool on_key(json::string_view s, std::size_t, json::error_code& ec) {
    key.append(s.data(), s.size());
    auto& object = open.back();
    // A long name is cut where it is shown, not where it is compared.
    auto hash = std::hash<std::string>{}(key);
    object.key = cut_utf8(key, 64);
    key.clear();
    if (!object.seen.insert(hash).second)
      return refuse(path() + ": the member is there twice.", ec);
    return object.seen.size() <= limits.max_members
           || refuse(path() + ": the object has too many members.", ec);
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) {
    return true;
  }
  bool on_string(json::string_view, std::size_t, json::error_code& ec) {
    return scalar(ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& ec) {
    return scalar(ec);
  }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& ec) {
    return scalar(ec);
  }
  bool on_double(double, json::string_view, json::error_code& ec) {
    return scalar(ec);
  }
  bool on_bool(bool, json::error_code& ec) { return scalar(ec); }
  bool on_null(json::error_code& ec) { return scalar(ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Walks valid JSON text; does not check it again.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {}

  char peek() {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void skip_char() { ++at_; }

  std::string_view value() {
    auto first = peek();
    auto begin = at_;
    if (first == '"')
      skip_string();
    else if (first == '{' || first == '[')
      skip_nested();
    else
      while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ','
             && text_[at_] != ']' && text_[at_] != '}')
        ++at_;
    return text_.substr(begin, at_ - begin);
  }

private:
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\')
        ++at_;
    ++at_;
  }
  void skip_nested() {
    std::size_t depth = 0;
    do {
      char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[')
        ++depth;
      else if (c == '}' || c == ']')
        --depth;
      ++at_;
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string complaint_of(
    json::error_code ec, const json_inspector& seen, std::string_view text,
    std::size_t at) {
  if (!seen.complaint.empty())
    return seen.complaint;
  // Only now is it worth knowing whether the bytes are text at all.
  if (!is_utf8(text))
    return seen.path() + ": not valid UTF-8.";
  if (ec == json::error::incomplete)
    return seen.path() + ": the JSON text ends too early.";
  if (ec == json::error::extra_data)
    return "the body: something follows the JSON value at byte "
           + std::to_string(at) + ".";
  return seen.path() + ": not valid JSON at byte " + std::to_string(at) + " ("
         + ec.message() + ").";
}

} // namespace

result<void> check_json(std::string_view text, const json_limits& limits) {
  try {
    json::parse_options options;
    // Our own check comes first and names the member.
    options.max_depth = limits.max_depth + 1;
    json::basic_parser<json_inspector> parser{options};
    parser.handler().limits = limits;
    json::error_code ec;
    auto taken = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && taken < text.size())
      ec = json::error::extra_data;
    if (ec)
      return make_error(
          ec::invalid_request, complaint_of(ec, parser.handler(), text, taken));
    return {};
  } catch (const std::exception& e) {
    return make_error(
        ec::invalid_request,
        std::string("The body can't be read: ") + e.what());
  }
}

json_view::json_view(std::string_view text) : text_(scanner{text}.value()) {}

json_view::kind json_view::type() const {
  switch (text_.empty() ? 'n' : text_.front()) {
  case '{':
    return kind::object;
  case '[':
    return kind::array;
  case '"':
    return kind::string;
  case 't':
  case 'f':
    return kind::boolean;
  case 'n':
    return kind::null;
  default:
    return kind::number;
  }
}

std::string json_view::string() const { return unescape(text_); }

std::string json_view::unescape(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos)
    return std::string(quoted.substr(1, quoted.size() - 2));
  json::error_code ec;
  auto value = json::parse({quoted.data(), quoted.size()}, ec);
  if (ec || !value.is_string())
    return {};
  return std::string(value.get_string());
}

std::optional<std::uint64_t> json_view::unsigned_integer() const {
  std::uint64_t value = 0;
  auto end = text_.data() + text_.size();
  auto [stop, failed] = std::from_chars(text_.data(), end, value);
  if (failed != std::errc{} || stop != end || value > INT64_MAX)
    return std::nullopt;
  return value;
}

void json_view::each_member(const member_visitor& visit) const {
  scanner in{text_.substr(1)};
  while (in.peek() == '"') {
    auto name = in.value();
    in.peek();
    in.skip_char();
    if (!visit(name, json_view{in.value()}))
      return;
    if (in.peek() == ',')
      in.skip_char();
  }
}

void json_view::each_element(const element_visitor& visit) const {
  scanner in{text_.substr(1)};
  while (in.peek() != ']' && in.peek() != '\0') {
    if (!visit(json_view{in.value()}))
      return;
    if (in.peek() == ',')
      in.skip_char();
  }
}

} // namespace hansard
