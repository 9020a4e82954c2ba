#include "events/codec/codec.hpp"

#include "events/codec/archive.hpp"
#include "events/codec/upcast.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

bool in_range(role value) { return value <= role::tool; }
bool in_range(origin value) { return value <= origin::generated; }
bool in_range(ending value) { return value <= ending::interrupted; }
bool in_range(const token_usage& usage) {
  return usage.source <= usage_source::estimated;
}
bool in_range(const agent_spec& spec) {
  return spec.history <= history_policy::strict
         && spec.on_disconnect <= disconnect_policy::cancel
         && spec.partial_answers <= partial_policy::hide;
}

/// Whether each enumerator read from bytes is one that has a name.
struct range_check {
  bool operator()(const messages_received& e) const {
    return std::all_of(
        e.messages.begin(), e.messages.end(), [](const message& m) {
          return in_range(m.role) && in_range(m.origin);
        });
  }
  bool operator()(const token_generated& e) const {
    return e.channel <= token_channel::substitute_reasoning;
  }
  bool operator()(const generation_completed& e) const {
    return in_range(e.ending) && in_range(e.usage);
  }
  bool operator()(const generation_failed& e) const {
    return in_range(e.ending) && in_range(e.usage);
  }
  bool operator()(const generation_cancelled& e) const {
    return in_range(e.usage);
  }
  bool operator()(const generation_interrupted& e) const {
    return in_range(e.usage);
  }
  bool operator()(const agent_registered& e) const { return in_range(e.agent); }
  bool operator()(const agent_reconfigured& e) const {
    return in_range(e.agent);
  }
  bool operator()(const user_registered& e) const {
    return e.role <= user_role::auditor;
  }
  bool operator()(const guardrail_matched& e) const {
    return e.action <= guard_action::block && e.place <= guard_place::tool_call;
  }
  bool operator()(const prompt_masked& e) const {
    return in_range(e.sent.role) && in_range(e.sent.origin);
  }
  bool operator()(const guardrail_set& e) const {
    return e.rule.action <= guard_action::block
           && e.rule.on <= guard_side::both;
  }
  bool operator()(const policy_set& e) const {
    return e.spec.scope <= policy_scope::user;
  }
  bool operator()(const user_changed& e) const {
    return e.role <= user_role::auditor;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return true;
  }
};

template <class Event>
event read(std::string_view payload) {
  Event e;
  binary_reader reader{payload};
  reader(e);
  if (reader.remaining() != 0)
    throw malformed_payload{};
  return e;
}

/// Reads a payload if `type` is `Event`'s.
template <class Event>
bool read_if(
    std::uint16_t type, std::uint16_t schema, std::string_view payload,
    std::optional<event>& out) {
  if (type != Event::type)
    return false;
  if (schema == Event::schema)
    out = read<Event>(payload);
  else
    out = upcast(type, schema, payload);
  return true;
}

template <class... Known>
std::optional<event> read_known(
    std::variant<unknown_event, Known...>*, std::uint16_t type,
    std::uint16_t schema, std::string_view payload) {
  std::optional<event> out;
  (void)(read_if<Known>(type, schema, payload, out) || ...);
  return out;
}

} // namespace

void encode(const event& e, std::string& out) {
  std::visit(
      [&out](const auto& body) {
        using body_type = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<body_type, unknown_event>) {
          out += body.payload;
        } else {
          binary_writer writer{out};
          writer(body);
        }
      },
      e);
}

result<event>
decode(std::uint16_t type, std::uint16_t schema, std::string_view payload) {
  try {
    auto known =
        read_known(static_cast<event*>(nullptr), type, schema, payload);
    if (!known)
      return event{unknown_event{type, schema, std::string(payload)}};
    if (std::visit(range_check{}, *known))
      return std::move(*known);
  } catch (const malformed_payload&) {
  }
  return make_error(
      ec::corrupt, "An event of type " + std::to_string(type) + ", schema "
                       + std::to_string(schema)
                       + " has a payload that is not one.");
}

} // namespace hansard
