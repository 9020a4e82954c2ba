#pragma once

#include "tests/support/actor_world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard::test {

/// A client that follows a turn.
struct client {
  std::shared_ptr<recording_sink> sink;
  pending<attach_ticket> ticket;
};

/// A world with an agent named "agent", whom "ann" and "bob" may use, and verbs
/// for what clients do.
class chat_world : public actor_world {
public:
  explicit chat_world(controller_options options = {}, agent_spec spec = {});

  static agent_spec default_agent();

  static principal user(const std::string& name) {
    principal who;
    who.user = name;
    return who;
  }
  static principal admin() {
    auto who = user("root");
    who.role = user_role::admin;
    return who;
  }
  static message says(const std::string& text);

  /// Each asks, and leaves the mail to run().
  pending<turn_ticket> ask(turn_command command);
  pending<turn_ticket>
  ask(const std::string& text, std::optional<session_id> session = {},
      const std::string& who = "ann");
  client watch(
      const session_id& session, std::optional<stream_version> after = {},
      turn_id turn = {}, principal who = user("ann"));
  pending<stop_ticket> stop(
      const session_id& session, turn_id turn = {},
      principal who = user("ann"));
  pending<stream_version> rename(
      const session_id& session, const std::string& title,
      principal who = user("ann"));

  /// A turn that is recorded and runs; its worker has called the model.
  turn_ticket
  begun(const std::string& text = "Hi", std::optional<session_id> session = {});
  /// A whole turn: "Hi", "Hello world", complete.
  turn_ticket chatted(
      std::optional<session_id> session = {},
      const std::vector<std::string>& answer = {"Hello", " world"});

  std::string story(const session_id& id) const {
    return story_of(log, stream_of(id));
  }
  std::vector<recorded_event> events(const session_id& id) const {
    return events_of(log, stream_of(id));
  }
  /// The last event of a kind. @pre there is one.
  template <class Event>
  Event last_of(const session_id& id) const {
    std::optional<Event> found;
    for (const auto& e : events(id))
      if (auto* body = std::get_if<Event>(&e.body))
        found = *body;
    return found.value_or(Event{});
  }
};

/// The beginning of every story.
inline const std::string opening =
    "session_opened messages_received turn_admitted generation_started";
inline const std::string next_turn =
    "messages_received turn_admitted generation_started";

} // namespace hansard::test
