#include "http/message/preconditions.hpp"

#include "http/text/body_members.hpp"

#include <optional>
#include <utility>

namespace hansard {

namespace {

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
}

bool may_be_in_tag(unsigned char c) {
  return c == 0x21 || (c >= 0x23 && c != 0x7f);
}

/// Takes one tag from the front. nullopt: there is none.
std::optional<entity_tag> take_tag(std::string_view& text) {
  entity_tag out;
  if (text.starts_with("W/")) {
    out.weak = true;
    text.remove_prefix(2);
  }
  if (!text.starts_with('"'))
    return std::nullopt;
  auto end = text.find('"', 1);
  if (end == text.npos)
    return std::nullopt;
  out.text = text.substr(1, end - 1);
  for (unsigned char c : out.text)
    if (!may_be_in_tag(c))
      return std::nullopt;
  text.remove_prefix(end + 1);
  return out;
}

bool reads_only(const exchange& x) {
  return x.head.method == "GET" || x.head.method == "HEAD";
}

} // namespace

result<tag_list> read_tags(std::string_view value, std::string_view field) {
  auto wrong = [field] {
    return wrong_member(
        field, "must be * or a list of entity tags, like \"12\".");
  };
  tag_list out;
  skip_blanks(value);
  // A script whose variable is empty does not mean "whatever there is".
  if (value.empty())
    return wrong();
  out.given = true;
  if (value.front() == '*') {
    value.remove_prefix(1);
    skip_blanks(value);
    out.any = true;
    return value.empty() ? result<tag_list>(out) : wrong();
  }
  // RFC 9110 §5.6.1.2: empty elements of a list are let pass.
  while (!value.empty()) {
    if (value.front() != ',') {
      auto tag = take_tag(value);
      if (!tag || out.tags.size() == max_entity_tags)
        return wrong();
      out.tags.push_back(std::move(*tag));
      skip_blanks(value);
      if (!value.empty() && value.front() != ',')
        return wrong();
    }
    if (!value.empty())
      value.remove_prefix(1);
    skip_blanks(value);
  }
  return out;
}

result<precondition> read_precondition(const exchange& x) {
  precondition out;
  if (const auto& field = x.head.if_match) {
    auto tags = read_tags(*field, "If-Match");
    if (!tags)
      return tags.error();
    out.match = std::move(*tags);
  }
  if (const auto& field = x.head.if_none_match) {
    auto tags = read_tags(*field, "If-None-Match");
    if (!tags)
      return tags.error();
    out.none_match = std::move(*tags);
  }
  return out;
}

response tagged_response(
    const exchange& x, std::string body, std::string_view tag,
    unsigned status) {
  response out = json_response(std::move(body), status);
  if (reads_only(x)) {
    auto known = read_precondition(x);
    if (!known)
      return refuse(x, known.error());
    // §13.2.2: If-Match goes first.
    if (known->match.given)
      if (auto met = precondition{known->match, {}}.check(tag); !met)
        return refuse(x, met.error());
    if (!precondition{{}, known->none_match}.check(tag)) {
      out.status = 304;
      out.body.clear();
    }
  }
  out.headers.emplace_back("ETag", '"' + std::string(tag) + '"');
  return out;
}

} // namespace hansard
