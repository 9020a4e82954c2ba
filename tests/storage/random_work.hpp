#pragma once

#include "tests/storage/log_model.hpp"
#include "tests/storage/log_support.hpp"

#include <memory>
#include <set>
#include <vector>

namespace hansard::test {

/// Random work on a log as sessions do it: turns of token frames on a few
/// streams at once, wrong expected versions, seals that are applied late. The
/// model follows what the log answers.
class random_work {
public:
  static constexpr std::uint8_t streams = 6;

  explicit random_work(std::uint64_t seed) : choose_(seed) {}

  /// All that was acknowledged.
  const log_model& model() const { return model_; }
  /// That, and the group that was under way when the log failed.
  const log_model& under_way() const { return under_way_; }
  chooser& choose() { return choose_; }

  /// One random operation. @returns false: the log failed.
  bool step(event_log& log) {
    switch (choose_.below(8)) {
    case 0:
      seal_now(log, any_stream());
      break;
    case 1:
      prepare_late_seal(log, any_stream());
      break;
    default:
      append_group(log);
    }
    return !log.failed();
  }

  /// Goes on from what a recovered log holds.
  void adopt(event_log& log);

  /// Appends a random group; where all goes well, exactly the requests with
  /// the right expected version are taken.
  /// @returns false: the log failed.
  bool append_group(event_log& log);

  void seal_now(event_log& log, const stream_id& stream) {
    auto turns = model_.sealable(stream);
    EXPECT_EQ(seal(log, stream), !turns.empty());
    if (!log.failed())
      model_.seal(stream, turns);
  }

  void seal_all(event_log& log) {
    for (std::uint8_t i = 0; i < streams; ++i)
      seal_now(log, stream_number(i));
  }

private:
  stream_id any_stream() {
    return stream_number(static_cast<std::uint8_t>(choose_.below(streams)));
  }

  event_batch next_batch(const log_model& ahead, const stream_id& stream);
  void prepare_late_seal(event_log& log, const stream_id& stream);

  chooser choose_;
  log_model model_;
  log_model under_way_;
  std::int64_t now_ = 0;
  std::unique_ptr<prepared_seal> late_;
  stream_id late_stream_;
  std::set<std::uint64_t> late_turns_;
};

} // namespace hansard::test
