#include "actors/supervisor.hpp"
#include "projections/rows/row_store.hpp"
#include "tests/support/faulty_event_log.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace hansard::test {

namespace {

constexpr std::chrono::seconds patience{30};

/// The supervisor with its services, on real threads.
class SupervisorTest : public testing::Test {
protected:
  SupervisorTest() {
    config_.set("scheduler.policy", caf::atom("sharing"));
    config_.set("scheduler.max-threads", std::size_t{2});
    system_ = std::make_unique<caf::actor_system>(config_);
    rt = std::make_shared<runtime>(
        controller_options{}, log, *rows_,
        std::map<std::string, std::shared_ptr<llm_backend>>{},
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

} // namespace

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
