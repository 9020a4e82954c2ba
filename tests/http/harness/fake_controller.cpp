#include "tests/http/harness/fake_controller.hpp"

#include "http/auth/authentication.hpp"

#include <chrono>

namespace hansard::test {

namespace {

constexpr std::chrono::seconds patience{20};

} // namespace

void recorded_feedback::drained() {
  std::lock_guard lock{mutex_};
  ++drains_;
  changed_.notify_all();
}

void recorded_feedback::closed(stream_version last_sent, std::string reason) {
  std::lock_guard lock{mutex_};
  EXPECT_FALSE(closed_) << "closed twice";
  closed_ = true;
  last_sent_ = last_sent;
  reason_ = std::move(reason);
  changed_.notify_all();
}

std::string recorded_feedback::wait_closed() {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, patience, [&] { return closed_; });
  return reason_;
}

bool recorded_feedback::wait_drained() {
  std::unique_lock lock{mutex_};
  bool came = changed_.wait_for(lock, patience, [&] { return drains_ > 0; });
  drains_ = 0;
  return came;
}

bool recorded_feedback::is_closed() {
  std::lock_guard lock{mutex_};
  return closed_;
}

stream_version recorded_feedback::last_sent() {
  std::lock_guard lock{mutex_};
  return last_sent_;
}

fake_controller::fake_controller() = default;

void fake_controller::fold(event e) {
  recorded_event recorded{
      {}, control_stream, {++control_version_}, writer_.now(), std::move(e)};
  access_.apply(recorded);
  guardrails_.apply(recorded);
  credentials_.apply(recorded);
}

void fake_controller::add_user(
    const std::string& did, const std::string& key, user_role role) {
  fold(user_registered{did, "A user", role, {}});
  api_key_issued issued;
  issued.id = {make_ulid(1, 2, control_version_)};
  issued.user = did;
  issued.sha256 = key_digest(key);
  fold(issued);
}

void fake_controller::add_agent(const agent_spec& spec) {
  fold(agent_registered{spec, {}});
}

void fake_controller::add_grant(
    const std::string& user, const std::string& agent) {
  grant_issued issued;
  issued.id = {make_ulid(1, 3, control_version_)};
  issued.user = user;
  issued.agent = agent;
  issued.capabilities = {"chat"};
  fold(issued);
}

void fake_controller::project() {
  auto list = make_session_list(*rows_);
  auto messages = make_message_history(*rows_);
  EXPECT_TRUE(catch_up(*list, *log_));
  EXPECT_TRUE(catch_up(*messages, *log_));
}

attachment fake_controller::attached(std::size_t i) {
  std::unique_lock lock{mutex_};
  bool came = changed_.wait_for(
      lock, patience, [&] { return attachments_.size() > i; });
  if (!came) {
    ADD_FAILURE() << "nothing attached";
    return {};
  }
  return attachments_[i];
}

turn_command fake_controller::turn_asked(std::size_t i) {
  std::unique_lock lock{mutex_};
  bool came =
      changed_.wait_for(lock, patience, [&] { return turns_.size() > i; });
  if (!came) {
    ADD_FAILURE() << "no turn was asked for";
    return {};
  }
  return turns_[i];
}

std::size_t fake_controller::turns_asked() {
  std::lock_guard lock{mutex_};
  return turns_.size();
}

std::vector<std::string> fake_controller::recorded() {
  std::lock_guard lock{mutex_};
  std::vector<std::string> names;
  for (const auto& e : recorded_)
    names.emplace_back(name_of(e));
  return names;
}

std::optional<agent_spec> fake_controller::last_agent() {
  std::lock_guard lock{mutex_};
  for (auto i = recorded_.rbegin(); i != recorded_.rend(); ++i) {
    if (auto* made = std::get_if<agent_registered>(&*i))
      return made->agent;
    if (auto* changed = std::get_if<agent_reconfigured>(&*i))
      return changed->agent;
  }
  return std::nullopt;
}

void fake_controller::release_turns() {
  std::vector<reply<turn_ticket>> held;
  {
    std::lock_guard lock{mutex_};
    held.swap(held_);
  }
  for (const auto& answer : held)
    answer(turn_ticket{session_of_turns(), running_turn(), turn_after});
}

void fake_controller::start_turn(
    turn_command command, reply<turn_ticket> answer) {
  {
    std::lock_guard lock{mutex_};
    turns_.push_back(std::move(command));
    changed_.notify_all();
    if (hold_turns) {
      held_.push_back(std::move(answer));
      return;
    }
  }
  if (refuse_turn)
    answer(*refuse_turn);
  else
    answer(
        turn_ticket{session_of_turns(), running_turn(), turn_after, replayed});
}

void fake_controller::attach(
    attach_command command, reply<attach_ticket> answer) {
  if (refuse_attach)
    return answer(*refuse_attach);
  if (nothing_to_send)
    return answer(attach_ticket{running_turn(), turn_after, false, true});
  attachment taken{
      command, command.sink, std::make_shared<recorded_feedback>()};
  taken.sink->attached(taken.feedback);
  if (on_attach)
    on_attach(taken);
  answer(attach_ticket{running_turn(), turn_after, true, false});
  std::lock_guard lock{mutex_};
  attachments_.push_back(std::move(taken));
  changed_.notify_all();
}

void fake_controller::stop_turn(
    stop_command command, reply<stop_ticket> answer) {
  if (command.session != session_of_turns())
    return answer(make_error(ec::not_found, "There is no such session."));
  bool that_one = command.turn.is_nil() || command.turn == running_turn();
  answer(stop_ticket{that_one ? running_turn() : turn_id{}});
}

void fake_controller::rename(
    principal, std::string, session_id id, std::string title,
    reply<stream_version> answer, precondition) {
  writer_.append(id, {title_changed{std::move(title), {}}});
  project();
  answer(writer_.state(id).version);
}

void fake_controller::delete_session(
    principal who, std::string request, session_id id,
    reply<std::monostate> answer, precondition) {
  writer_.append(
      id, {session_deleted{{std::move(who.user), std::move(request)}}});
  project();
  answer(std::monostate{});
}

void fake_controller::record_all(
    decisions decide, std::function<void(result<void>)> done) {
  if (refuse_admin)
    return done(*refuse_admin);
  auto decided = decide(access_);
  if (!decided)
    return done(decided.error());
  // The last uses of keys are recorded on the way: nobody asks for that.
  if (!decided->empty()
      && !std::holds_alternative<api_keys_used>(decided->front()))
    ++times_decided_;
  for (auto& one : *decided) {
    {
      std::lock_guard lock{mutex_};
      // Nobody asked for it.
      if (!std::holds_alternative<api_keys_used>(one))
        recorded_.push_back(one);
    }
    fold(std::move(one));
  }
  done({});
}

timestamp fake_controller::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

id_bytes fake_controller::new_id() const {
  return make_ulid(1, 5, ++ids_made_);
}

void fake_controller::when_projected(
    log_position, std::chrono::milliseconds, reply<std::monostate> answer) {
  if (refuse_projection)
    answer(*refuse_projection);
  else
    answer(std::monostate{});
}

namespace {

std::shared_ptr<event_batch> empty_batch(std::uint64_t first) {
  auto batch = std::make_shared<event_batch>();
  batch->stream = stream_of(fake_controller::session_of_turns());
  batch->first_version = {first};
  return batch;
}

timestamp now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

} // namespace

batch_ptr
token_batch(std::uint64_t first, const std::vector<std::string>& texts) {
  auto batch = empty_batch(first);
  batch->items.push_back(answer(now(), texts));
  batch->positions = {{{first}, texts.size()}};
  return batch;
}

batch_ptr event_batch_of(std::uint64_t version, event e) {
  auto batch = empty_batch(version);
  batch->items.push_back(stamped_event{now(), std::move(e)});
  batch->positions = {{{version}, 1}};
  return batch;
}

event completed() {
  generation_completed e;
  e.turn = fake_controller::running_turn();
  e.finish_reason = "stop";
  e.usage = {usage_source::reported, 9, 2, 0, 0};
  return e;
}

event failed(ec code, std::string reason, ending how) {
  generation_failed e;
  e.turn = fake_controller::running_turn();
  e.ending = how;
  e.code = to_string(code);
  e.reason = std::move(reason);
  return e;
}

} // namespace hansard::test
