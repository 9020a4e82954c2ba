#include "http/message/router.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <exception>

namespace hansard {

namespace {

using captures = std::map<std::string, std::string, std::less<>>;

/// Cuts a path into segments, still percent-encoded.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> out;
  if (!path.starts_with('/'))
    return out;
  path.remove_prefix(1);
  while (true) {
    auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos)
      return out;
    path.remove_prefix(slash + 1);
  }
}

std::string decode(std::string_view encoded) {
  return boost::urls::pct_string_view{encoded.data(), encoded.size()}.decode();
}

bool fits(
    std::string_view path_template,
    const std::vector<std::string_view>& segments, captures& found) {
  auto pattern = split(path_template);
  if (pattern.size() != segments.size())
    return false;
  captures taken;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    auto part = pattern[i];
    if (part.starts_with('{') && part.ends_with('}')) {
      auto value = decode(segments[i]);
      if (value.empty())
        return false;
      taken.emplace(part.substr(1, part.size() - 2), std::move(value));
    } else if (part != segments[i]) {
      return false;
    }
  }
  found = std::move(taken);
  return true;
}

/// A stream has no length to tell and starts work: HEAD would do harm.
bool streams(std::string_view path_template) {
  return path_template.ends_with("/stream")
         || path_template.ends_with("/events");
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty())
    list += ", ";
  list += method;
}

void match_path(
    std::span<const route_info> table, std::string_view method,
    const std::vector<std::string_view>& segments, route_match& out) {
  // A path that is spelt out goes before one that takes anything there.
  auto fewest = std::string_view::npos;
  for (const auto& at : table)
    if (captures found; fits(at.path, segments, found))
      fewest = std::min(fewest, found.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& at = table[i];
    captures found;
    if (!fits(at.path, segments, found) || found.size() > fewest)
      continue;
    bool headed = at.method == "GET" && !streams(at.path);
    allow(out.allow, at.method);
    if (headed)
      allow(out.allow, "HEAD");
    out.path_template = at.path;
    if (at.method == method || (method == "HEAD" && headed)) {
      out.route = i;
      out.path = std::move(found);
    }
  }
  if (!out.allow.empty())
    allow(out.allow, "OPTIONS");
}

} // namespace

std::optional<route_match> find_route(
    std::span<const route_info> table, std::string_view method,
    std::string_view target) {
  try {
    auto parsed =
        target.starts_with('/')
            ? boost::urls::parse_origin_form({target.data(), target.size()})
            : boost::urls::parse_uri({target.data(), target.size()});
    if (!parsed)
      return std::nullopt;
    route_match out;
    auto encoded = parsed->encoded_path();
    match_path(table, method, split({encoded.data(), encoded.size()}), out);
    for (auto param : parsed->params())
      out.query.emplace(param.key, param.value);
    return out;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace hansard
