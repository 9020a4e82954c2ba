#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

std::optional<session_summary>
summary(chat_world& world, const session_id& id) {
  auto found = session_list_reader{world.rows()}.find(id);
  return found ? std::optional{*found} : std::nullopt;
}

} // namespace

TEST(ProjectorTest, ProjectionsFollowTheLog) {
  chat_world world;
  auto ticket = world.chatted();
  auto row = summary(world, ticket.session);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->message_count, 2u);
  EXPECT_EQ(row->last_ending, ending::complete);
  EXPECT_EQ(world.rt->progress.slowest(), world.log.head());
}

TEST(Promise5ProjectionsTest, WhoWaitsForAPositionReadsItsOwnWrites) {
  chat_world world;
  auto projector = world.projectors().at(0);
  world.hold(projector);
  auto ticket = world.chatted();
  pending<std::monostate> there;
  world.rt->progress.when_reached(
      world.log.head(), std::chrono::steady_clock::time_point::max(),
      there.as_reply());
  world.run();
  EXPECT_FALSE(there.is_there());
  EXPECT_FALSE(summary(world, ticket.session));
  world.release();
  world.run();
  EXPECT_TRUE(there.ok());
  EXPECT_TRUE(summary(world, ticket.session));
}

TEST(Promise5ProjectionsTest, AProjectorThatReplacesALostOneCatchesUp) {
  chat_world world;
  auto first = world.chatted();
  for (const auto& projector : world.projectors())
    world.kill(projector);
  auto second = world.chatted();
  EXPECT_FALSE(summary(world, second.session));
  world.replace_dead();
  world.run();
  EXPECT_TRUE(summary(world, first.session));
  EXPECT_TRUE(summary(world, second.session));
  world.chatted(second.session);
  EXPECT_EQ(summary(world, second.session)->message_count, 4u);
}

TEST(Promise5ProjectionsTest, RebuiltRowsEqualTheLiveOnes) {
  chat_world world;
  for (int i = 0; i < 5; ++i) {
    auto ticket = world.chatted();
    world.chatted(ticket.session);
    world.rename(ticket.session, std::to_string(i));
    world.run();
  }
  auto dump = [](row_store& rows) {
    std::string out;
    for (std::string table : {"session_list", "message_history"})
      EXPECT_TRUE(rows.scan(table, "", "", [&](auto key, auto value) {
        out.append(key).append("=").append(value).append(";");
        return true;
      }));
    return out;
  };
  auto live = dump(world.rows());
  EXPECT_FALSE(live.empty());
  auto fresh = make_memory_row_store();
  ASSERT_TRUE(rebuild(*make_session_list(*fresh), world.log));
  ASSERT_TRUE(rebuild(*make_message_history(*fresh), world.log));
  EXPECT_TRUE(dump(*fresh) == live);
}

} // namespace hansard::test
