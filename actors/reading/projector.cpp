#include "actors/reading/projector.hpp"

#include "actors/log_event.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace hansard {

void projector_state::start(
    runtime_ptr runtime, std::shared_ptr<projection> what) {
  rt = std::move(runtime);
  target = std::move(what);
  rt->progress.add(std::string(target->name()));
  self->send(rt->services.journal(), caf::actor_cast<feed_client_actor>(self));
}

result<void> projector_state::fold(const committed& news) {
  if (news.gap) {
    auto reached = catch_up(*target, rt->log);
    if (!reached)
      return reached.error();
  }
  for (const auto& batch : news.batches)
    if (auto done = target->fold(*batch); !done)
      return done;
  if (news.head > target->checkpoint())
    return target->flush(news.head);
  return {};
}

void projector_state::take(const committed& news) {
  auto done = fold(news);
  std::string name(target->name());
  if (!done) {
    log_event(
        log_level::error, "projection_stopped",
        {{"projection", name},
         {"code", to_string(done.error().code)},
         {"reason", done.error().message}});
    self->quit(caf::exit_reason::unhandled_exception);
    return;
  }
  rt->progress.advance(name, news.head);
  rt->metrics.projection_lag.Add({{"projection", name}})
      .Set(static_cast<double>(rt->log.head().value - news.head.value));
  self->send(rt->services.journal(), feed_more{news.feed});
}

projector_actor::behavior_type projector(
    projector_actor::stateful_pointer<projector_state> self, runtime_ptr rt,
    std::shared_ptr<projection> target) {
  self->state.start(std::move(rt), std::move(target));
  return {
      [self](const committed& news) { self->state.take(news); },
  };
}

} // namespace hansard
