#include "projections/history/message_texts.hpp"

#include "events/session/session_model.hpp"
#include "projections/history/message_history_rows.hpp"

#include <algorithm>
#include <utility>

namespace hansard::detail {

namespace {

/// A stretch of this many versions that nobody asked for, as an abandoned
/// branch leaves it, is worth a new seek.
constexpr std::uint64_t worth_a_seek = 4096;

/// What was generated for one message, while it is collected.
struct generated_text {
  open_turn turn;
  std::string reasoning;
  std::optional<timestamp> first_output;
  /// As the model said it, from the first difference on.
  std::optional<std::string> said;
  std::optional<std::string> said_reasoning;
  std::vector<tool_call_withheld> withheld_calls;

  void add(token_channel channel, std::string_view text, timestamp at) {
    bool answer = is_shown_answer(channel) || is_said_answer(channel);
    auto& shown = answer ? turn.answer : reasoning;
    auto& all = answer ? said : said_reasoning;
    if (!all && is_shown(channel) != is_said(channel))
      all = shown;
    if (is_shown(channel))
      shown += text;
    if (all && is_said(channel))
      *all += text;
    if (is_shown_answer(channel) && !first_output)
      first_output = at;
  }
};

/// Takes the events of one pass in order and fills the entries. Two cursors:
/// received messages by the version of their event, generated ones by their
/// ranges, which never overlap, as turns do not.
class text_collector {
public:
  explicit text_collector(std::span<const message_text> texts) {
    for (const auto& text : texts) {
      (text.generated ? generated_ : received_).push_back(&text);
      last_ = std::max(last_, text.last);
    }
  }

  /// @returns false once nothing is left to be found.
  bool take(const event_batch& batch) {
    bool over = false;
    auto behind = for_each_item(
        batch, [&](stream_version version, const batch_item& item) {
          over = (version.value > last_ && just_received_.empty()) || failed_;
          if (over)
            return false;
          if (auto* run = std::get_if<token_run>(&item)) {
            take_run(version.value, *run);
          } else {
            const auto& single = std::get<stamped_event>(item);
            take_single(version.value, single.at, *single.body);
          }
          return true;
        });
    return !over
           && (!just_received_.empty() || (behind.value <= last_ && !done()));
  }

  /// Completes a running message. @returns whether all was found.
  bool finish() {
    if (!failed_ && next_generated_ < generated_.size()
        && generated_[next_generated_]->last == still_running)
      complete({}, std::nullopt, {});
    return !failed_ && done();
  }

private:
  bool done() const {
    return next_received_ == received_.size()
           && next_generated_ == generated_.size();
  }

  /// The generated message that an event of `version` belongs to.
  const message_text* generated_at(std::uint64_t version) const {
    if (next_generated_ == generated_.size())
      return nullptr;
    auto* text = generated_[next_generated_];
    return text->first <= version && version <= text->last ? text : nullptr;
  }

  void take_run(std::uint64_t version, const token_run& run) {
    if (!generated_at(version))
      return;
    std::string_view rest{run.text};
    for (std::size_t i = 0; i < run.marks.size();) {
      const auto& first = run.marks[i];
      std::size_t length = 0;
      for (; i < run.marks.size() && run.marks[i].channel == first.channel; ++i)
        length += run.marks[i].length;
      current_.add(first.channel, rest.substr(0, length), first.at);
      rest.remove_prefix(length);
    }
  }

  void take_single(std::uint64_t version, timestamp at, const event& body) {
    if (auto* received = std::get_if<messages_received>(&body))
      return take_received(version, at, *received);
    // What guardrails did to the messages stands between them and this.
    if (std::holds_alternative<turn_admitted>(body))
      just_received_.clear();
    if (auto* masked = std::get_if<prompt_masked>(&body))
      for (auto* entry : just_received_)
        if (entry->index == masked->index)
          entry->sent = masked->sent;
    auto* text = generated_at(version);
    if (!text)
      return;
    if (auto* token = std::get_if<token_generated>(&body)) {
      current_.add(token->channel, token->text, at);
    } else if (auto* withheld = std::get_if<tool_call_withheld>(&body)) {
      current_.withheld_calls.push_back(*withheld);
    } else if (auto* call = std::get_if<tool_call_generated>(&body)) {
      current_.turn.tool_calls.push_back(*call);
      if (!current_.first_output)
        current_.first_output = at;
    } else if (auto ended = ending_of(body)) {
      failed_ = text->last != still_running && text->last != version;
      text->entry->turn = ended->turn;
      complete({version}, ended->how, at);
    }
  }

  void take_received(
      std::uint64_t version, timestamp at, const messages_received& e) {
    just_received_.clear();
    for (; next_received_ < received_.size(); ++next_received_) {
      const auto& text = *received_[next_received_];
      if (text.first != version)
        return;
      if (text.place >= e.messages.size()) {
        failed_ = true;
        return;
      }
      text.entry->body = e.messages[text.place];
      text.entry->created_at = at;
      text.entry->turn = e.turn;
      text.entry->version = {version};
      just_received_.push_back(text.entry);
    }
  }

  void complete(
      stream_version version, std::optional<ending> end, timestamp ended_at) {
    auto& entry = *generated_[next_generated_++]->entry;
    auto text = std::exchange(current_, {});
    auto body = generated_message(text.turn, end.value_or(ending::complete));
    if (!body) {
      failed_ = true;
      return;
    }
    entry.body = std::move(*body);
    entry.created_at = text.first_output.value_or(ended_at);
    entry.version = version;
    entry.end = end;
    entry.reasoning = std::move(text.reasoning);
    entry.said = std::move(text.said);
    entry.said_reasoning = std::move(text.said_reasoning);
    entry.withheld_calls = std::move(text.withheld_calls);
  }

  std::vector<const message_text*> received_;
  std::vector<const message_text*> generated_;
  std::size_t next_received_ = 0;
  std::size_t next_generated_ = 0;
  std::uint64_t last_ = 0;
  /// Of the last messages_received, until its turn is admitted.
  std::vector<history_entry*> just_received_;
  generated_text current_;
  bool failed_ = false;
};

result<void> read_pass(
    const event_log& log, const session_id& id,
    std::span<const message_text> texts) {
  text_collector collector{texts};
  auto read = log.read_stream(
      stream_of(id), {texts.front().first},
      [&](const batch_ptr& batch) { return collector.take(*batch); });
  if (!read)
    return read.error();
  if (!collector.finish())
    return damaged_rows(
        message_history_name, id.to_string() + " is otherwise in the log");
  return {};
}

} // namespace

result<void> read_texts(
    const event_log& log, const session_id& id,
    std::vector<message_text> texts) {
  std::stable_sort(
      texts.begin(), texts.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::span<const message_text> rest{texts};
  while (!rest.empty()) {
    std::size_t size = 1;
    auto reached = rest.front().last;
    while (size < rest.size()
           && (rest[size].first <= reached
               || rest[size].first - reached <= worth_a_seek)) {
      reached = std::max(reached, rest[size].last);
      ++size;
    }
    if (auto pass = read_pass(log, id, rest.first(size)); !pass)
      return pass;
    rest = rest.subspan(size);
  }
  return {};
}

} // namespace hansard::detail
