#include "actors/supervisor.hpp"
#include "projections/rows/row_store.hpp"
#include "tests/support/faulty_event_log.hpp"
#include "tests/support/scripted_backend.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace hansard::test {

namespace {

constexpr std::chrono::seconds patience{30};

/// The supervisor with its services, on real threads.
class SupervisorTest : public testing::Test {
protected:
  explicit SupervisorTest(controller_options options = {}) {
    config_.set("scheduler.policy", caf::atom("sharing"));
    config_.set("scheduler.max-threads", std::size_t{2});
    system_ = std::make_unique<caf::actor_system>(config_);
    rt = std::make_shared<runtime>(
        options, log, *rows_,
        std::map<std::string, std::shared_ptr<llm_backend>>{
            {"script", std::make_shared<scripted_backend>(
                           [this] { return rt->clock(); })}},
        std::make_shared<prometheus::Registry>(), [this](error why) {
          if (!told_.exchange(true))
            fatal_.set_value(std::move(why));
        });
    auto started = std::make_shared<std::promise<void>>();
    auto done = started->get_future();
    supervisor_ = system_->spawn(supervisor, rt, started);
    done.wait();
  }
  ~SupervisorTest() override {
    rt->stopping = true;
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    supervisor_ = nullptr;
    system_->await_all_actors_done();
  }

  /// True once `handle()` gives another actor than `old`.
  template <class Handle, class Read>
  bool is_replaced(const Handle& old, Read handle) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (handle() != old)
        return true;
      std::this_thread::yield();
    }
    return false;
  }
  template <class Handle>
  void kill(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }
  void end() {
    rt->stopping = true;
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  }
  /// A turn, for the directory of its session. @returns its ticket.
  std::future<result<turn_ticket>> begin_turn_now() {
    auto promise = std::make_shared<std::promise<result<turn_ticket>>>();
    auto agent = std::make_shared<agent_record>();
    agent->spec.did = "agent";
    agent->spec.provider = "script";
    auto what = std::make_shared<begin_turn>();
    what->fresh = true;
    what->session = session_id{rt->new_id()};
    what->turn = turn_id{rt->new_id()};
    what->agent = agent;
    what->command.who.user = "ann";
    what->command.agent = "agent";
    what->command.messages.emplace_back().content = "\"Hi\"";
    what->answer = reply<turn_ticket>{
        [promise](result<turn_ticket> r) { promise->set_value(std::move(r)); }};
    caf::anon_send(rt->services.directory(what->session), begin_turn_ptr(what));
    return promise->get_future();
  }
  caf::actor_system& system() { return *system_; }
  std::future<error> fatal() { return fatal_.get_future(); }
  std::future<result<std::monostate>>
  drain(std::chrono::milliseconds deadline) {
    auto promise = std::make_shared<std::promise<result<std::monostate>>>();
    auto order = std::make_shared<begin_drain>();
    order->deadline = deadline;
    order->answer = reply<std::monostate>{[promise](result<std::monostate> r) {
      promise->set_value(std::move(r));
    }};
    caf::anon_send(supervisor_, begin_drain_ptr(order));
    return promise->get_future();
  }

  faulty_event_log log;
  runtime_ptr rt;

private:
  std::unique_ptr<row_store> rows_ = make_memory_row_store();
  std::promise<error> fatal_;
  std::atomic<bool> told_{false};
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  supervisor_actor supervisor_;
};

/// Sees the services end.
class end_watch {
public:
  end_watch(caf::actor_system& system, const runtime& rt) : self_(system) {
    const auto& services = rt.services;
    for (const auto& directory : services.directories())
      watch(directory, 0);
    watch(services.gatekeeper(), 1);
    watch(services.registrar(), 1);
    // Of both shards, wherever these ids are.
    for (int i = 0; i < 64; ++i)
      watch(services.reader(rt.new_id()), 2);
    watch(services.journal(), 3);
  }

  /// The stages of those that ended, in their order, once `count` have.
  std::vector<int> see(std::size_t count) {
    std::vector<int> seen;
    while (seen.size() < count) {
      bool in_time = true;
      self_->receive(
          [&](const caf::down_msg& down) {
            seen.push_back(stages_.at(down.source));
          },
          caf::after(patience) >> [&] { in_time = false; });
      if (!in_time)
        break;
    }
    return seen;
  }
  std::size_t watched() const { return stages_.size(); }

private:
  template <class Handle>
  void watch(const Handle& actor, int stage) {
    if (stages_.emplace(actor.address(), stage).second)
      self_->monitor(actor);
  }

  caf::scoped_actor self_;
  std::map<caf::actor_addr, int> stages_;
};

/// Each stage of the end gets little time here.
class HastySupervisorTest : public SupervisorTest {
protected:
  HastySupervisorTest() : SupervisorTest(options()) {}
  static controller_options options() {
    controller_options out;
    out.stage_patience = std::chrono::milliseconds{20};
    return out;
  }
};

} // namespace

TEST_F(SupervisorTest, AStageEndsBeforeTheNextOneDoes) {
  end_watch watch{system(), *rt};
  end();
  auto seen = watch.see(watch.watched());
  EXPECT_EQ(seen, (std::vector<int>{0, 0, 0, 0, 1, 1, 2, 2, 3}));
}

TEST_F(SupervisorTest, WhatASessionHasOnItsWayIsAnsweredBeforeItEnds) {
  std::promise<void> held;
  std::promise<void> reached;
  log.before_append = [&, first = true]() mutable {
    if (!std::exchange(first, false))
      return;
    reached.set_value();
    held.get_future().wait();
  };
  end_watch watch{system(), *rt};
  auto ticket = begin_turn_now();
  ASSERT_EQ(reached.get_future().wait_for(patience), std::future_status::ready);
  end();
  // The three directories that have no session.
  EXPECT_EQ(watch.see(3), (std::vector<int>{0, 0, 0}));
  held.set_value();
  ASSERT_EQ(ticket.wait_for(patience), std::future_status::ready);
  EXPECT_TRUE(ticket.get());
  EXPECT_EQ(watch.see(6), (std::vector<int>{0, 1, 1, 2, 2, 3}));
}

TEST_F(HastySupervisorTest, WhoHangsIsLeftBehind) {
  std::promise<void> held;
  std::promise<void> reached;
  log.before_append = [&, first = true]() mutable {
    if (!std::exchange(first, false))
      return;
    reached.set_value();
    held.get_future().wait();
  };
  end_watch watch{system(), *rt};
  auto ticket = begin_turn_now();
  ASSERT_EQ(reached.get_future().wait_for(patience), std::future_status::ready);
  end();
  // All but the journal, which hangs, and for which the session waited.
  auto seen = watch.see(8);
  EXPECT_EQ(seen, (std::vector<int>{0, 0, 0, 0, 1, 1, 2, 2}));
  held.set_value();
  EXPECT_EQ(watch.see(1), std::vector<int>{3});
}

TEST_F(SupervisorTest, ALostGatekeeperIsReplaced) {
  auto old = rt->services.gatekeeper();
  kill(old);
  EXPECT_TRUE(is_replaced(old, [this] { return rt->services.gatekeeper(); }));
}

TEST_F(SupervisorTest, ALostRegistrarIsReplaced) {
  auto old = rt->services.registrar();
  kill(old);
  EXPECT_TRUE(is_replaced(old, [this] { return rt->services.registrar(); }));
}

TEST_F(SupervisorTest, ALostDirectoryIsReplacedInItsOwnPlace) {
  auto old = rt->services.directories();
  kill(old.at(2));
  ASSERT_TRUE(is_replaced(
      old.at(2), [this] { return rt->services.directories().at(2); }));
  auto now = rt->services.directories();
  EXPECT_EQ(now.at(0), old.at(0));
  EXPECT_EQ(now.at(1), old.at(1));
  EXPECT_EQ(now.at(3), old.at(3));
}

TEST_F(SupervisorTest, ALostLogReaderIsReplaced) {
  auto old = rt->services.reader(id_bytes{});
  kill(old);
  EXPECT_TRUE(
      is_replaced(old, [this] { return rt->services.reader(id_bytes{}); }));
}

TEST_F(SupervisorTest, ALostJournalEndsTheProcess) {
  auto why = fatal();
  kill(rt->services.journal());
  ASSERT_EQ(why.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(why.get().code, ec::internal);
}

TEST_F(SupervisorTest, AServiceThatDiesAgainAndAgainEndsTheProcess) {
  auto why = fatal();
  for (std::size_t i = 0; i <= supervisor_state::max_deaths_per_minute; ++i) {
    auto old = rt->services.gatekeeper();
    kill(old);
    if (i == supervisor_state::max_deaths_per_minute)
      break;
    ASSERT_TRUE(is_replaced(old, [this] { return rt->services.gatekeeper(); }));
  }
  ASSERT_EQ(why.wait_for(patience), std::future_status::ready);
}

TEST_F(SupervisorTest, ADrainWithNothingRunningIsDoneAtOnce) {
  auto done = drain(patience);
  ASSERT_EQ(done.wait_for(patience), std::future_status::ready);
  EXPECT_TRUE(done.get());
  EXPECT_TRUE(rt->draining);
}

TEST_F(SupervisorTest, ASecondDrainIsAnsweredToo) {
  drain(patience).wait();
  auto again = drain(patience);
  ASSERT_EQ(again.wait_for(patience), std::future_status::ready);
  EXPECT_TRUE(again.get());
}

} // namespace hansard::test
