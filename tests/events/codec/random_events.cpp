#include "tests/events/codec/random_events.hpp"

#include "events/text/json_text.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>

namespace hansard::test {

namespace {

ending last_of(ending) { return ending::interrupted; }
usage_source last_of(usage_source) { return usage_source::estimated; }
token_channel last_of(token_channel) {
  return token_channel::substitute_reasoning;
}
guard_action last_of(guard_action) { return guard_action::block; }
guard_side last_of(guard_side) { return guard_side::both; }
guard_place last_of(guard_place) { return guard_place::tool_call; }
history_policy last_of(history_policy) { return history_policy::strict; }
disconnect_policy last_of(disconnect_policy) {
  return disconnect_policy::cancel;
}
partial_policy last_of(partial_policy) { return partial_policy::hide; }
user_role last_of(user_role) { return user_role::auditor; }
policy_scope last_of(policy_scope) { return policy_scope::user; }

/// Passes for an archive: each `serialize` names its own members to it, so a
/// new event, or a new member, is filled without a word here.
class random_filler {
public:
  explicit random_filler(random_source& source) : source_(&source) {}

  template <class... Members>
  void operator()(Members&... members) {
    (fill(members), ...);
  }

private:
  void fill(std::string& text) { text = source_->text(); }
  void fill(message& m) { m = random_message(*source_); }
  void fill(agent_spec& spec) {
    spec.serialize(*this);
    spec.parameters = source_->one_in(3) ? "" : source_->json_object();
  }
  template <class T>
  void fill(T& value) {
    if constexpr (std::is_enum_v<T>)
      value = static_cast<T>(
          source_->below(static_cast<std::uint64_t>(last_of(value)) + 1));
    else if constexpr (std::is_integral_v<T>)
      value = static_cast<T>(source_->number());
    else
      value.serialize(*this);
  }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(source_->below(5));
    for (auto& value : values)
      fill(value);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (source_->one_in(2))
      fill(value.emplace());
  }
  template <class A, class B>
  void fill(std::pair<A, B>& value) {
    fill(value.first);
    fill(value.second);
  }
  template <std::size_t N>
  void fill(std::array<std::uint8_t, N>& bytes) {
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(source_->bits());
  }

  random_source* source_;
};

std::string json_string_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

template <std::size_t... Kinds>
event make_kind(std::size_t kind, std::index_sequence<Kinds...>) {
  event e;
  (void)((kind == Kinds ? (e.emplace<Kinds>(), true) : false) || ...);
  return e;
}

} // namespace

std::uint64_t base_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("HANSARD_TEST_SEED");
    std::uint64_t value = given ? std::strtoull(given, nullptr, 0) : 20260528;
    std::printf(
        "HANSARD_TEST_SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return seed;
}

std::uint64_t random_source::number() {
  switch (below(4)) {
  case 0:
    return below(200);
  case 1:
    return ~below(3);
  case 2:
    // Around each power of two.
    return (std::uint64_t{1} << below(64)) - below(2);
  default:
    return bits() >> below(64);
  }
}

std::string random_source::text(std::size_t max_characters) {
  static constexpr std::array<std::string_view, 20> awkward = {
      "\"",   "\\",   "\n",          "\r", "\t", "\b",     "\x01",
      "\x1f", "\x7f", "/",           "é",  "ß",  "\u2028", "\uffff",
      "字",   "🙂", "👩‍🚀", " ",  "<",  "{"};
  std::string out;
  for (auto left = below(max_characters + 1); left > 0; --left) {
    if (one_in(3))
      out += awkward[below(awkward.size())];
    else if (one_in(20))
      out += '\0';
    else
      out += static_cast<char>('a' + below(26));
  }
  return out;
}

std::string random_source::bytes(std::size_t max_size) {
  std::string out(below(max_size + 1), '\0');
  for (auto& c : out)
    c = static_cast<char>(bits());
  return out;
}

std::string random_source::json(int depth) {
  switch (below(depth > 0 ? 7 : 5)) {
  case 0:
    return "null";
  case 1:
    return one_in(2) ? "true" : "false";
  case 2:
    return std::to_string(static_cast<std::int64_t>(number()));
  case 3:
    return "-0.5e3";
  case 4:
    return json_string_of(text());
  case 5: {
    std::string out = "[";
    for (auto left = below(4); left > 0; --left)
      out += json(depth - 1) + (left > 1 ? " , " : "");
    return out + "]";
  }
  default:
    return json_object(depth);
  }
}

std::string random_source::json_object(int depth) {
  std::string out = "{";
  for (auto left = below(4); left > 0; --left) {
    // A number in the name keeps the names apart.
    out += json_string_of(text(6) + std::to_string(left)) + " : "
           + json(depth - 1);
    out += left > 1 ? ",\n" : "";
  }
  return out + "}";
}

std::string random_source::content() {
  switch (below(4)) {
  case 0:
    return "null";
  case 1: {
    std::string out = "[";
    for (auto left = 1 + below(3); left > 0; --left) {
      out += one_in(3) ? json_object()
                       : "{\"type\":\"text\",\"text\":" + json_string_of(text())
                             + "}";
      out += left > 1 ? "," : "";
    }
    return out + "]";
  }
  default:
    return json_string_of(text(60));
  }
}

message random_message(random_source& source) {
  message m;
  m.role = static_cast<role>(source.below(4));
  m.origin = static_cast<origin>(source.below(3));
  m.content = source.content();
  if (source.one_in(3))
    m.name = source.text(8);
  if (source.one_in(3))
    m.tool_calls = "[" + source.json_object() + "]";
  if (source.one_in(3))
    m.tool_call_id = source.text(8);
  if (source.one_in(3))
    m.extra = source.json_object();
  return m;
}

event random_event(random_source& source, std::size_t kind) {
  auto e = make_kind(kind, std::make_index_sequence<event_kinds>{});
  std::visit(
      [&source](auto& body) {
        using body_type = std::decay_t<decltype(body)>;
        if constexpr (!std::is_same_v<body_type, unknown_event>) {
          random_filler fill{source};
          body.serialize(fill);
        }
      },
      e);
  return e;
}

} // namespace hansard::test
