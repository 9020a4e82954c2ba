#include "http/message/router.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <exception>

namespace hansard {

namespace {

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

/// A segment of a template that takes any one: "{did}".
bool is_open(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty())
    list += ", ";
  list += method;
}

} // namespace

router::router(std::span<const route_info> table) {
  for (const auto& route : table) {
    auto& at = patterns_.emplace_back();
    at.route = &route;
    at.segments = split(route.path);
    at.open = static_cast<std::size_t>(
        std::count_if(at.segments.begin(), at.segments.end(), is_open));
  }
}

bool router::pattern::fits(const std::vector<std::string_view>& path) const {
  return std::equal(
      segments.begin(), segments.end(), path.begin(), path.end(),
      [](std::string_view mine, std::string_view asked) {
        return is_open(mine) ? !asked.empty() : mine == asked;
      });
}

std::optional<route_match>
router::find(std::string_view method, std::string_view target) const {
  try {
    auto parsed =
        target.starts_with('/')
            ? boost::urls::parse_origin_form({target.data(), target.size()})
            : boost::urls::parse_uri({target.data(), target.size()});
    if (!parsed)
      return std::nullopt;
    route_match out;
    auto encoded = parsed->encoded_path();
    const auto path = split({encoded.data(), encoded.size()});
    std::vector<const pattern*> fitting;
    for (const auto& at : patterns_)
      if (at.fits(path))
        fitting.push_back(&at);
    // A path that is spelt out goes before one that takes anything there.
    auto fewest = std::string_view::npos;
    for (const auto* at : fitting)
      fewest = std::min(fewest, at->open);
    for (const auto* at : fitting) {
      if (at->open > fewest)
        continue;
      const auto& route = *at->route;
      bool headed = route.method == "GET" && !route.streams;
      allow(out.allow, route.method);
      if (headed)
        allow(out.allow, "HEAD");
      out.path_template = route.path;
      if (route.method != method && (method != "HEAD" || !headed))
        continue;
      out.route = static_cast<std::size_t>(at - patterns_.data());
      out.path.clear();
      for (std::size_t i = 0; i < path.size(); ++i)
        if (auto name = at->segments[i]; is_open(name))
          out.path.emplace(name.substr(1, name.size() - 2), decode(path[i]));
    }
    if (!out.allow.empty())
      allow(out.allow, "OPTIONS");
    for (auto param : parsed->params())
      out.query.emplace(param.key, param.value);
    return out;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace hansard
