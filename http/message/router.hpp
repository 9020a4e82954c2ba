#pragma once

#include "events/facts/scopes.hpp"
#include "http/text/body.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Who may call a route.
enum class route_access {
  /// Anyone.
  open,
  /// Any user with valid credentials.
  member,
  /// Users with the role `admin`.
  admin,
};

/// A route as the API documents it: what docs/openapi.yaml is compared with.
struct route_info {
  std::string_view method;
  /// Segments in braces take any one segment: "/api/agents/{did}".
  std::string_view path;
  route_access access = route_access::open;
  /// Any one of these scopes will do; 0: a key needs none. A route that does
  /// not say it is for administration.
  scope_set scopes = static_cast<scope_set>(scope::admin);
  /// What its body may hold; empty: it takes none, or reads it in another way.
  std::span<const member_info> body{};
  /// The answer has no length to tell and starts work: HEAD would do harm.
  bool streams = false;
};

/// Every route of the server.
std::span<const route_info> routes();

/// What a target leads to.
struct route_match {
  /// Index into the table, for the method that was asked for.
  std::optional<std::size_t> route;
  /// Methods that the path has, as an `Allow` header lists them; empty: no
  /// route has this path.
  std::string allow;
  /// The template of the path, for logs and metrics.
  std::string_view path_template;
  std::map<std::string, std::string, std::less<>> path;
  std::map<std::string, std::string, std::less<>> query;
};

/// Finds routes in a table whose templates were cut once. Const is thread-safe.
class router {
public:
  /// @param table outlives it.
  explicit router(std::span<const route_info> table);

  /// Finds the route of a request target (RFC 9112 §3.2: origin-form or
  /// absolute-form). HEAD finds a GET route unless that streams.
  /// @returns nullopt: the target is not a valid one.
  std::optional<route_match>
  find(std::string_view method, std::string_view target) const;

private:
  struct pattern {
    const route_info* route;
    std::vector<std::string_view> segments;
    /// How many of them take any one segment.
    std::size_t open = 0;

    bool fits(const std::vector<std::string_view>& path) const;
  };
  std::vector<pattern> patterns_;
};

/// Finds among routes().
std::optional<route_match>
find_route(std::string_view method, std::string_view target);

} // namespace hansard
