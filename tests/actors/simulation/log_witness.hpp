#pragma once

#include "events/batch.hpp"
#include "events/facts/generation_events.hpp"
#include "storage/event_log.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hansard::test {

/// Reads a log on, event by event, while others write it, and keeps what it
/// read: what no log may ever hold is a finding the moment that it is there.
class log_witness {
public:
  /// A turn as it is recorded so far.
  struct turn_record {
    stream_id stream;
    /// Tokens of the answer and of the reasoning, joined.
    std::string text;
    std::uint64_t tokens = 0;
    std::uint32_t attempts = 0;
    /// Its ending, once it is there.
    std::optional<event> ending;
  };

  /// Reads what came since the last time.
  void read_on(const event_log& log);

  /// Every event of a stream so far, version 1 first.
  const std::vector<recorded_event>& events(const stream_id& stream) const;
  /// nullptr: no such turn is recorded.
  const turn_record* find(const turn_id& turn) const;
  const std::map<turn_id, turn_record>& turns() const { return turns_; }
  /// Turns whose text grew since the last call.
  std::set<turn_id> take_grown();
  /// Turns that have no ending yet.
  std::size_t open_turns() const { return open_.size(); }
  /// Empty: nothing is wrong.
  const std::string& findings() const { return findings_; }

private:
  void take(const recorded_event& e);
  void take_turn(const recorded_event& e);

  log_position position_;
  std::map<stream_id, std::vector<recorded_event>> streams_;
  std::map<turn_id, turn_record> turns_;
  /// The open turn of each stream that has one.
  std::map<stream_id, turn_id> open_;
  std::set<turn_id> grown_;
  std::string findings_;
};

} // namespace hansard::test
