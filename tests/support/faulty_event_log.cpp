#include "tests/support/faulty_event_log.hpp"

#include <utility>

namespace hansard::test {

void faulty_event_log::refuse_next(ec why, std::size_t count) {
  refusal_ = why;
  refusals_ = count;
}

void faulty_event_log::fail_for_good() { fails_ = true; }

void faulty_event_log::append(
    std::span<append_request> requests,
    std::span<result<log_position>> outcomes,
    std::span<const std::unique_ptr<prepared_seal>> seals) {
  if (before_append)
    before_append();
  if (!requests.empty())
    groups_.push_back(requests.size());
  seals_ += seals.size();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::optional<ec> why;
    if (refusals_ > 0) {
      --refusals_;
      why = refusal_;
    } else if (judge) {
      why = judge(requests[i]);
    }
    if (why == ec::storage_failed)
      fails_ = true;
    if (fails_) {
      failed_ = true;
      outcomes[i] = make_error(ec::storage_failed, "The disk is gone.");
    } else if (why) {
      outcomes[i] = make_error(*why, "Refused by the test.");
    } else {
      behind_->append(requests.subspan(i, 1), outcomes.subspan(i, 1));
    }
  }
  if (fails_)
    failed_ = true;
  else if (!seals.empty())
    behind_->append({}, {}, seals);
}

result<void> faulty_event_log::read_stream(
    const stream_id& stream, stream_version from,
    const batch_visitor& visit) const {
  if (throws_)
    throw std::bad_alloc{};
  if (broken_read_)
    return *broken_read_;
  return behind_->read_stream(stream, from, visit);
}

std::vector<recorded_event>
events_of(const event_log& log, const stream_id& stream) {
  std::vector<recorded_event> events;
  auto done = log.read_stream(
      stream, stream_version{1}, [&events](const batch_ptr& batch) {
        batch->for_each(
            [&events](const recorded_event& e) { events.push_back(e); });
        return true;
      });
  if (!done)
    events.clear();
  return events;
}

std::string story_of(const event_log& log, const stream_id& stream) {
  std::string story;
  std::string text;
  auto say = [&story](std::string_view word) {
    if (!story.empty())
      story += ' ';
    story += word;
  };
  auto close_text = [&say, &text] {
    if (!text.empty())
      say('"' + text + '"');
    text.clear();
  };
  for (const auto& e : events_of(log, stream)) {
    if (auto* token = std::get_if<token_generated>(&e.body)) {
      text += token->text;
      continue;
    }
    close_text();
    say(name_of(e.body));
  }
  close_text();
  return story;
}

} // namespace hansard::test
