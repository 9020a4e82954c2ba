#include "tests/projections/support.hpp"

#include <spdlog/spdlog.h>

namespace hansard::test {

namespace {

/// Damage is told in log lines; here it is made on purpose.
const bool silenced = [] {
  spdlog::set_level(spdlog::level::off);
  return true;
}();

} // namespace

session_id session(std::uint64_t n) { return {make_ulid(1'780'000, 0, n)}; }
turn_id turn(std::uint64_t n) { return {make_ulid(1'780'000, 1, n)}; }

message user_says(std::string_view text) {
  message m;
  m.content = '"' + std::string(text) + '"';
  return m;
}

token_run
tokens(timestamp at, std::vector<std::pair<token_channel, std::string>> texts) {
  token_run run;
  for (const auto& [channel, text] : texts) {
    run.add(at, channel, text);
    at += std::chrono::microseconds{17};
  }
  return run;
}

token_run answer(timestamp at, std::vector<std::string> texts) {
  token_run run;
  for (const auto& text : texts)
    run.add(at, token_channel::answer, text);
  return run;
}

void log_writer::append(
    const stream_id& stream, std::vector<batch_item> items) {
  now_ += std::chrono::milliseconds{1};
  append_request request;
  request.expected = {versions_[stream]};
  request.batch = std::make_shared<event_batch>();
  request.batch->stream = stream;
  request.batch->items = std::move(items);
  request.encoded = encode_items(*request.batch);
  result<log_position> outcome;
  log_->append({&request, 1}, {&outcome, 1});
  ASSERT_TRUE(outcome) << outcome.error().message;
  versions_[stream] += request.batch->size();
  if (is_session_stream(stream))
    apply(states_[session_of(stream)], *request.batch);
}

void log_writer::append(const session_id& id, std::vector<event> events) {
  std::vector<batch_item> items;
  for (auto& e : events)
    items.push_back(stamped_event{now_, std::move(e)});
  append(stream_of(id), std::move(items));
}

void log_writer::append(const session_id& id, token_run run) {
  append(stream_of(id), {std::move(run)});
}

void log_writer::open(
    const session_id& id, std::string owner, std::string agent,
    std::string_view text) {
  auto t = turn(next_turn_++);
  append(
      id, {session_opened{agent, owner, {}},
           messages_received{t, {}, 0, {user_says(text)}},
           turn_admitted{t, {owner, ""}, "role:admin", agent, {}}});
}

void log_writer::ask(
    const session_id& id, std::uint32_t keep, std::vector<message> messages) {
  auto t = turn(next_turn_++);
  append(
      id,
      {messages_received{t, {}, keep, std::move(messages)},
       turn_admitted{
           t, {states_[id].owner, ""}, "role:admin", states_[id].agent, {}}});
}

void log_writer::complete(const session_id& id) {
  append(id, {generation_completed{running(id), ending::complete, "stop", {}}});
}

void log_writer::chat(const session_id& id, std::string_view text) {
  if (!state(id).exists())
    open(id, "did:user:1", "did:agent:1", text);
  else
    ask(id, static_cast<std::uint32_t>(state(id).history.size()),
        {user_says(text)});
  append(id, answer(now_, {"re", ": ", std::string(text)}));
  complete(id);
}

namespace {

class random_history {
public:
  random_history(log_writer& out, std::mt19937_64& random)
      : out_(out),
        random_(random) {}

  void step() {
    if (one_in(12))
      return elsewhere();
    auto id = session(1 + below(6));
    if (one_in(4))
      out_.wait(std::chrono::microseconds{below(5'000'000)});
    if (!out_.state(id).exists())
      out_.open(id, did(), did(), text());
    else if (out_.state(id).turn)
      in_turn(id);
    else
      between_turns(id);
  }

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  std::string text() {
    static const std::vector<std::string> pieces{
        "a", " ", "Grüße", "\\n", "\\\"", "🎈", "{\\\\}", "0123456789"};
    std::string out;
    for (auto n = below(5); n-- > 0;)
      out += pieces[below(pieces.size())];
    return out;
  }

  std::string did() {
    static const std::vector<std::string> names{"did:a", "did:ab", "did:a:b",
                                                "d",     "*",      "did:é"};
    return names[below(names.size())];
  }

  /// Any JSON text, as it would arrive.
  message any_message() {
    auto m = user_says(text());
    m.role = static_cast<role>(below(4));
    if (m.role == role::assistant)
      m.origin = origin::claimed;
    if (one_in(4))
      m.content = R"([{"type":"text","text":")" + text() + R"("}])";
    if (one_in(5))
      m.name = "name";
    if (m.role == role::tool)
      m.tool_call_id = "call_1";
    if (one_in(5))
      m.extra = R"({"x": [1, 2 ]})";
    return m;
  }

  void elsewhere() {
    auto at = out_.now();
    if (one_in(3))
      out_.append(
          access_stream,
          {stamped_event{at, turn_refused{{}, did(), "forbidden", "no"}}});
    else if (one_in(2))
      out_.append(
          control_stream, {stamped_event{at, unknown_event{999, 1, "x"}}});
    else
      out_.append(
          control_stream,
          {stamped_event{
              at, user_registered{did(), "U", user_role::member, {}}}});
  }

  void between_turns(const session_id& id) {
    switch (below(6)) {
    case 0:
      return out_.append(id, {title_changed{text(), {}}});
    case 1:
      return out_.append(
          id, {turn_refused{{}, "did:a", "forbidden", "no"},
               client_detached{turn(1), {}, {1}, "gone"}});
    default:
      break;
    }
    auto count = static_cast<std::uint32_t>(out_.state(id).history.size());
    auto keep =
        one_in(3) ? static_cast<std::uint32_t>(below(count + 1)) : count;
    std::vector<message> messages;
    for (auto n = below(4); n-- > 0;)
      messages.push_back(any_message());
    out_.ask(id, keep, std::move(messages));
  }

  void in_turn(const session_id& id) {
    auto t = out_.running(id);
    switch (below(10)) {
    case 0:
      return out_.append(id, {generation_started{t, 1, "demo", "m", 1, 1}});
    case 1:
      return out_.append(
          id,
          {client_attached{t, {}, {1}}, client_detached{t, {}, {2}, "gone"}});
    case 2:
      return out_.append(
          id, {tool_call_generated{t, 0, "call_1", "f", R"({"a":"\"")"}});
    case 3:
    case 4:
    case 5:
      return end(id, t);
    default:
      break;
    }
    // Mostly reasoning at first, as models do.
    bool reasons = one_in(3);
    token_run run;
    for (auto n = 1 + below(12); n-- > 0;) {
      auto channel = reasons && !one_in(8) ? token_channel::reasoning
                                           : token_channel::answer;
      if (one_in(12))
        channel = static_cast<token_channel>(below(6));
      run.add(out_.now(), channel, text() + "t");
    }
    std::vector<batch_item> items{std::move(run)};
    if (one_in(4))
      items.push_back(
          stamped_event{out_.now(), generation_cancelled{t, {}, "user", {}}});
    out_.append(stream_of(id), std::move(items));
  }

  void end(const session_id& id, turn_id t) {
    switch (below(6)) {
    case 0:
      return out_.append(id, {generation_cancelled{t, {}, "user", {}}});
    case 1:
      return out_.append(
          id, {generation_failed{t, ending::failed, "timed_out", "slow", {}}});
    case 2:
      return out_.append(
          id, {generation_failed{t, ending::truncated, "x", "cut", {}}});
    case 3:
      return out_.append(id, {generation_interrupted{t, "restart", {}}});
    default:
      return out_.append(
          id, {generation_completed{
                  t,
                  static_cast<ending>(below(4)),
                  "stop",
                  {usage_source::reported, below(500), below(500), 0, 0}}});
    }
  }

  log_writer& out_;
  std::mt19937_64& random_;
};

} // namespace

void write_random_history(log_writer& out, std::mt19937_64& random, int steps) {
  random_history history{out, random};
  for (int i = 0; i < steps; ++i)
    history.step();
}

std::vector<batch_ptr>
rechunk(const event_log& log, log_position from, std::mt19937_64& random) {
  std::vector<std::shared_ptr<event_batch>> chunks;
  auto take = [&](const recorded_event& e) {
    bool joins = !chunks.empty() && chunks.back()->stream == e.stream
                 && chunks.back()->last_position().next() == e.position
                 && random() % 4 != 0;
    if (!joins) {
      chunks.push_back(std::make_shared<event_batch>());
      chunks.back()->stream = e.stream;
      chunks.back()->first_version = e.version;
      chunks.back()->positions = {{e.position, 0}};
    }
    auto& chunk = *chunks.back();
    ++chunk.positions.back().count;
    auto* token = std::get_if<token_generated>(&e.body);
    if (!token || random() % 5 == 0) {
      chunk.items.push_back(stamped_event{e.at, e.body});
      return;
    }
    if (chunk.items.empty() || random() % 4 == 0
        || !std::holds_alternative<token_run>(chunk.items.back()))
      chunk.items.push_back(token_run{});
    std::get<token_run>(chunk.items.back())
        .add(e.at, token->channel, token->text);
  };
  auto read = log.read_all(from, [&](const batch_ptr& batch) {
    batch->for_each(take);
    return true;
  });
  EXPECT_TRUE(succeeds(read));
  return {chunks.begin(), chunks.end()};
}

rows rows_of(const row_store& store, std::string_view table) {
  rows all;
  auto scanned = store.scan(
      table, "", "", [&](std::string_view key, std::string_view value) {
        all.emplace_back(key, value);
        return true;
      });
  EXPECT_TRUE(succeeds(scanned));
  return all;
}

std::uint64_t seed_from_environment(std::uint64_t fallback) {
  auto* text = std::getenv("HANSARD_SEED");
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

} // namespace hansard::test
