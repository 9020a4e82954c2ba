#include "actors/guardrails/guard_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace hansard {

namespace {

namespace json = boost::json;

/// Of arrays and objects in one another; a request can't have more.
constexpr std::size_t max_json_depth = 128;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

class json_guard {
public:
  json_guard(const guard_program& program, guarded_json& out)
      : program_(program),
        out_(out) {}

  void visit(json::value& value) {
    if (out_.blocked)
      return;
    if (auto* text = value.if_string()) {
      if (auto shown = masked(view(*text)))
        *text = json::string_view{shown->data(), shown->size()};
    } else if (auto* array = value.if_array()) {
      for (auto& element : *array)
        visit(element);
    } else if (auto* object = value.if_object()) {
      visit_object(*object);
    } else if (value.is_number()) {
      // A card's number need not be a string.
      if (auto shown = masked(json::serialize(value)))
        value = json::string_view{shown->data(), shown->size()};
    }
  }

private:
  void visit_object(json::object& object) {
    std::vector<std::pair<std::string, std::string>> renamed;
    for (auto& member : object) {
      if (auto shown = masked({member.key().data(), member.key().size()}))
        renamed.emplace_back(member.key(), *shown);
      visit(member.value());
    }
    for (auto& [before, after] : renamed) {
      auto value = std::move(object[before]);
      object.erase(before);
      object[after] = std::move(value);
    }
  }

  /// nullopt: it stays as it is.
  std::optional<std::string> masked(std::string_view text) {
    if (out_.blocked)
      return std::nullopt;
    auto guarded = guard_text(program_, text);
    out_.matches.insert(
        out_.matches.end(), guarded.matches.begin(), guarded.matches.end());
    out_.blocked = guarded.blocked;
    if (!guarded.masked)
      return std::nullopt;
    out_.masked = true;
    return std::move(guarded.shown);
  }

  const guard_program& program_;
  guarded_json& out_;
};

} // namespace

guarded_json
guard_json(const guard_program& program, std::string_view json_text) {
  guarded_json out;
  json::error_code ec;
  json::parse_options options;
  options.max_depth = max_json_depth;
  auto value = json::parse(
      json::string_view{json_text.data(), json_text.size()}, ec, {}, options);
  if (ec) {
    auto guarded = guard_text(program, json_text);
    out.shown = std::move(guarded.shown);
    out.matches = std::move(guarded.matches);
    out.masked = guarded.masked;
    out.blocked = guarded.blocked;
    return out;
  }
  json_guard{program, out}.visit(value);
  out.shown = out.masked ? json::serialize(value) : std::string(json_text);
  return out;
}

} // namespace hansard
