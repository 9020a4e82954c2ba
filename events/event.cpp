#include "events/event.hpp"

#include <type_traits>

namespace hansard {

std::uint16_t type_of(const event& e) {
  return std::visit([](const auto& body) { return body.type; }, e);
}

std::uint16_t schema_of(const event& e) {
  return std::visit([](const auto& body) { return body.schema; }, e);
}

std::string_view name_of(const event& e) {
  return std::visit(
      [](const auto& body) -> std::string_view {
        using body_type = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<body_type, unknown_event>)
          return "unknown";
        else
          return body_type::name;
      },
      e);
}

bool opens_turn(const event& e) {
  return std::holds_alternative<turn_admitted>(e);
}

std::optional<turn_ending> ending_of(const event& e) {
  if (auto* one = std::get_if<generation_completed>(&e))
    return turn_ending{one->turn, one->ending, one->usage};
  if (auto* one = std::get_if<generation_failed>(&e))
    return turn_ending{one->turn, one->ending, one->usage};
  if (auto* one = std::get_if<generation_cancelled>(&e))
    return turn_ending{one->turn, ending::cancelled, one->usage};
  if (auto* one = std::get_if<generation_interrupted>(&e))
    return turn_ending{one->turn, ending::interrupted, one->usage};
  return std::nullopt;
}

bool ends_turn(const event& e) { return ending_of(e).has_value(); }

std::string_view to_string(ending value) {
  switch (value) {
  case ending::complete:
    return "complete";
  case ending::length:
    return "length";
  case ending::tool_calls:
    return "tool_calls";
  case ending::content_filter:
    return "content_filter";
  case ending::truncated:
    return "truncated";
  case ending::cancelled:
    return "cancelled";
  case ending::failed:
    return "failed";
  case ending::interrupted:
    return "interrupted";
  }
  return "failed";
}

std::string_view to_string(usage_source value) {
  switch (value) {
  case usage_source::none:
    return "none";
  case usage_source::reported:
    return "reported";
  case usage_source::estimated:
    return "estimated";
  }
  return "none";
}

std::string_view to_string(user_role value) {
  switch (value) {
  case user_role::member:
    return "member";
  case user_role::admin:
    return "admin";
  case user_role::auditor:
    return "auditor";
  }
  return "member";
}

std::string_view to_string(token_channel value) {
  switch (value) {
  case token_channel::answer:
    return "answer";
  case token_channel::reasoning:
    return "reasoning";
  case token_channel::withheld:
    return "withheld";
  case token_channel::substitute:
    return "substitute";
  case token_channel::withheld_reasoning:
    return "withheld_reasoning";
  case token_channel::substitute_reasoning:
    return "substitute_reasoning";
  }
  return "answer";
}

std::string_view to_string(guard_action value) {
  switch (value) {
  case guard_action::flag:
    return "flag";
  case guard_action::mask:
    return "mask";
  case guard_action::block:
    return "block";
  }
  return "flag";
}

std::string_view to_string(guard_side value) {
  switch (value) {
  case guard_side::input:
    return "input";
  case guard_side::output:
    return "output";
  case guard_side::both:
    return "both";
  }
  return "both";
}

std::string_view to_string(guard_place value) {
  switch (value) {
  case guard_place::input:
    return "input";
  case guard_place::answer:
    return "answer";
  case guard_place::reasoning:
    return "reasoning";
  case guard_place::tool_call:
    return "toolCall";
  }
  return "input";
}

} // namespace hansard
