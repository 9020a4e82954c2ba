#include "actors/journal/append_pipeline.hpp"

#include <utility>

namespace hansard {

event_batch& append_pipeline::staged() {
  if (!staged_) {
    staged_ = std::make_shared<event_batch>();
    staged_->stream = stream_;
  }
  return *staged_;
}

void append_pipeline::stage(const token_run& run) {
  auto& items = staged().items;
  if (!items.empty())
    if (auto* last = std::get_if<token_run>(&items.back())) {
      last->append(run);
      return;
    }
  items.push_back(run);
}

append_job_ptr append_pipeline::next() {
  if (in_flight_ || !staged_)
    return nullptr;
  in_flight_ = true;
  callbacks_in_flight_ = std::exchange(callbacks_, {});
  auto job = std::make_shared<append_job>();
  job->request.expected = expected_version::exactly(last_);
  job->request.encoded = encode_items(*staged_);
  job->request.batch = std::exchange(staged_, nullptr);
  job->submitted = std::chrono::steady_clock::now();
  return job;
}

void append_pipeline::settle(
    const append_settled& done,
    const std::function<void(const batch_ptr&)>& publish) {
  in_flight_ = false;
  auto callbacks = std::exchange(callbacks_in_flight_, {});
  if (done.job->outcome) {
    last_ = done.job->request.batch->last_version();
    publish(done.job->request.batch);
  }
  for (const auto& callback : callbacks)
    callback(done.job->outcome);
}

void append_pipeline::give_up(const error& why) {
  staged_ = nullptr;
  for (const auto& callback : std::exchange(callbacks_, {}))
    callback(why);
}

} // namespace hansard
