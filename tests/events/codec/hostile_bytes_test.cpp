#include "events/codec/codec.hpp"
#include "tests/events/codec/counted_memory.hpp"
#include "tests/events/codec/golden_cases.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace hansard::test {

namespace {

/// Bytes that decode() may ask for: a list of the smallest elements costs the
/// most, and its vector grows by doubling.
std::size_t memory_limit(std::size_t payload_size) {
  return 128 * payload_size + 4096;
}

struct golden_bytes {
  std::uint16_t type;
  std::uint16_t schema;
  std::string name;
  std::string payload;
};

std::vector<golden_bytes> all_golden_bytes() {
  std::vector<golden_bytes> all;
  for (const auto& golden : golden_cases()) {
    auto bytes = read_hex_file(golden_folder() + golden.file_name());
    if (!bytes) {
      ADD_FAILURE() << "no " << golden.file_name();
      continue;
    }
    all.push_back(
        {type_of(golden.reads_as), golden.schema, golden.file_name(), *bytes});
  }
  return all;
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

/// Decodes within memory_limit(), to `corrupt` or to an event that holds when
/// it is written and read again.
::testing::AssertionResult is_read_or_refused(
    std::uint16_t type, std::uint16_t schema, const std::string& payload) {
  allocation_counter memory;
  auto read = decode(type, schema, payload);
  if (memory.bytes() > memory_limit(payload.size()))
    return ::testing::AssertionFailure()
           << memory.bytes() << " bytes allocated for " << payload.size();
  if (!read) {
    if (read.error().code != ec::corrupt)
      return ::testing::AssertionFailure() << to_string(read.error().code);
    return ::testing::AssertionSuccess();
  }
  std::string again;
  encode(*read, again);
  auto reread = decode(type_of(*read), schema_of(*read), again);
  if (!reread || *reread != *read)
    return ::testing::AssertionFailure() << "does not survive a round trip";
  return ::testing::AssertionSuccess();
}

bool is_corrupt(const result<event>& read) {
  return !read && read.error().code == ec::corrupt;
}

TEST(HostileBytesTest, EveryTruncationIsCorrupt) {
  for (const auto& golden : all_golden_bytes())
    for (std::size_t size = 0; size < golden.payload.size(); ++size)
      EXPECT_TRUE(is_corrupt(
          decode(golden.type, golden.schema, golden.payload.substr(0, size))))
          << golden.name << " cut to " << size;
}

TEST(HostileBytesTest, BytesBehindThePayloadAreCorrupt) {
  for (const auto& golden : all_golden_bytes())
    for (std::string tail :
         {std::string(1, '\0'), std::string("\xff"), golden.payload})
      EXPECT_TRUE(
          is_corrupt(decode(golden.type, golden.schema, golden.payload + tail)))
          << golden.name;
}

TEST(HostileBytesTest, EveryFlippedByteIsReadOrRefused) {
  for (const auto& golden : all_golden_bytes())
    for (std::size_t at = 0; at < golden.payload.size(); ++at)
      for (int flip = 1; flip < 256; ++flip) {
        auto payload = golden.payload;
        payload[at] = static_cast<char>(payload[at] ^ flip);
        ASSERT_TRUE(is_read_or_refused(golden.type, golden.schema, payload))
            << golden.name << ", byte " << at << " ^ " << flip;
      }
}

TEST(HostileBytesTest, RandomBytesAreReadOrRefused) {
  auto goldens = all_golden_bytes();
  for (int round = 0; round < 20'000; ++round) {
    random_source source{base_seed() + round};
    const auto& golden = goldens[source.below(goldens.size())];
    ASSERT_TRUE(
        is_read_or_refused(golden.type, golden.schema, source.bytes(120)))
        << "round " << round;
  }
}

TEST(HostileBytesTest, CountsFarBeyondTheEndAllocateNothing) {
  for (const auto& golden : all_golden_bytes())
    for (std::size_t at = 0; at <= golden.payload.size(); ++at)
      for (auto count :
           {std::uint64_t{1} << 20, std::uint64_t{1} << 32,
            std::uint64_t{1} << 60, std::uint64_t{1} << 63,
            ~std::uint64_t{0}}) {
        auto payload = golden.payload.substr(0, at) + varint(count);
        ASSERT_TRUE(is_read_or_refused(golden.type, golden.schema, payload))
            << golden.name << ", " << count << " at " << at;
      }
}

TEST(HostileBytesTest, SixteenBytesThatClaimABillionMessagesAreCorrupt) {
  // messages_received without a turn, principal, request or keep.
  auto payload = std::string(16, '\0') + std::string(3, '\0')
                 + varint(std::uint64_t{1} << 60);
  allocation_counter memory;
  auto read = decode(messages_received::type, 1, payload);
  EXPECT_LT(memory.bytes(), 1024u);
  EXPECT_TRUE(is_corrupt(read));
}

TEST(HostileBytesTest, TheSmallestElementsCostABoundedMultiple) {
  // A hundred thousand empty capabilities: a byte each in the payload.
  constexpr std::size_t count = 100'000;
  auto payload = std::string(16, '\0') + std::string(2, '\0') + varint(count)
                 + std::string(count, '\0') + std::string(3, '\0');
  ASSERT_TRUE(is_read_or_refused(grant_issued::type, 1, payload));
  auto read = decode(grant_issued::type, 1, payload);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<grant_issued>(*read).capabilities.size(), count);
}

TEST(HostileBytesTest, AnEnumeratorWithoutANameIsCorrupt) {
  using edit = std::pair<const char*, event>;
  auto bad_usage = token_usage{static_cast<usage_source>(3), 1, 1, 1, 1};
  auto bad_role = message{};
  bad_role.role = static_cast<role>(4);
  auto bad_origin = message{};
  bad_origin.origin = static_cast<origin>(3);
  auto bad_history = agent_spec{};
  bad_history.history = static_cast<history_policy>(2);
  auto bad_disconnect = agent_spec{};
  bad_disconnect.on_disconnect = static_cast<disconnect_policy>(2);
  auto bad_action = guardrail_spec{};
  bad_action.action = static_cast<guard_action>(3);
  auto bad_side = guardrail_spec{};
  bad_side.on = static_cast<guard_side>(3);
  auto bad_ending = static_cast<ending>(8);
  const edit table[] = {
      {"role", messages_received{{}, {}, 0, {message{}, bad_role}}},
      {"origin", messages_received{{}, {}, 0, {bad_origin}}},
      {"channel", token_generated{static_cast<token_channel>(6), "x"}},
      {"completed ending", generation_completed{{}, bad_ending, "", {}}},
      {"completed usage",
       generation_completed{{}, ending::complete, "", bad_usage}},
      {"failed ending", generation_failed{{}, bad_ending, "", "", {}}},
      {"failed usage",
       generation_failed{{}, ending::failed, "", "", bad_usage}},
      {"cancelled usage", generation_cancelled{{}, {}, "", bad_usage}},
      {"interrupted usage", generation_interrupted{{}, "", bad_usage}},
      {"registered history", agent_registered{bad_history, {}}},
      {"registered on_disconnect", agent_registered{bad_disconnect, {}}},
      {"reconfigured history", agent_reconfigured{bad_history, {}}},
      {"reconfigured on_disconnect", agent_reconfigured{bad_disconnect, {}}},
      {"role of a user",
       user_registered{"", "", static_cast<user_role>(3), {}}},
      {"action of a match",
       guardrail_matched{{}, "", 0, static_cast<guard_action>(3)}},
      {"place of a match",
       guardrail_matched{{}, "", 0, {}, static_cast<guard_place>(4)}},
      {"role of a masked message", prompt_masked{{}, 0, bad_role}},
      {"origin of a masked message", prompt_masked{{}, 0, bad_origin}},
      {"action of a rule", guardrail_set{bad_action, {}}},
      {"side of a rule", guardrail_set{bad_side, {}}},
  };
  for (const auto& [member, e] : table) {
    std::string payload;
    encode(e, payload);
    EXPECT_TRUE(is_corrupt(decode(type_of(e), schema_of(e), payload)))
        << member;
  }
}

/// client_attached up to its last member, a 64-bit number.
std::string before_a_number() { return std::string(16 + 2, '\0'); }

TEST(HostileBytesTest, ANumberOfMoreThanSixtyFourBitsIsCorrupt) {
  auto read = [](const std::string& number) {
    return decode(client_attached::type, 1, before_a_number() + number);
  };
  auto largest = read(std::string(9, '\xff') + '\x01');
  ASSERT_TRUE(largest);
  EXPECT_EQ(std::get<client_attached>(*largest).after.value, ~std::uint64_t{0});
  EXPECT_TRUE(is_corrupt(read(std::string(9, '\xff') + '\x02')));
  EXPECT_TRUE(is_corrupt(read(std::string(9, '\x80') + "\x80\x01")));
  EXPECT_TRUE(is_corrupt(read(std::string(40, '\xff'))));
  EXPECT_TRUE(is_corrupt(read(std::string(9, '\x80'))));
}

TEST(HostileBytesTest, ANumberTooLargeForItsMemberIsCorrupt) {
  // messages_received::keep has 32 bits.
  auto read = [](std::uint64_t keep) {
    return decode(
        messages_received::type, 1,
        std::string(16 + 2, '\0') + varint(keep) + '\0');
  };
  EXPECT_TRUE(read(0xffff'ffff));
  EXPECT_TRUE(is_corrupt(read(0x1'0000'0000)));
}

} // namespace

} // namespace hansard::test
