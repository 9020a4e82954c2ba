#include "events/codec/codec.hpp"
#include "tests/events/codec/golden_cases.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <tuple>

namespace hansard::test {

namespace {

std::string encoded(const event& e) {
  std::string bytes;
  encode(e, bytes);
  return bytes;
}

struct released_type {
  std::uint16_t type;
  std::string_view name;
  std::uint16_t newest_schema;

  bool operator==(const released_type&) const = default;
  bool operator<(const released_type& other) const { return type < other.type; }
};

std::ostream& operator<<(std::ostream& out, const released_type& t) {
  return out << t.type << ' ' << t.name << " schema " << t.newest_schema;
}

/// What logs in the field hold. A line is added here and never changed, but
/// for a newer schema.
const std::set<released_type> released_types = {
    {1, "session_opened", 1},
    {2, "messages_received", 1},
    {3, "turn_admitted", 2},
    {4, "turn_refused", 2},
    {5, "generation_started", 1},
    {6, "token_generated", 1},
    {7, "tool_call_generated", 1},
    {8, "generation_completed", 2},
    {9, "generation_failed", 1},
    {10, "generation_cancelled", 1},
    {11, "generation_interrupted", 1},
    {12, "client_attached", 1},
    {13, "client_detached", 1},
    {14, "title_changed", 1},
    {15, "generation_attempt_failed", 1},
    {16, "request_claimed", 1},
    {30, "session_deleted", 1},
    {31, "refusals_counted", 1},
    {64, "agent_registered", 3},
    {65, "agent_reconfigured", 3},
    {66, "agent_retired", 1},
    {67, "user_registered", 1},
    {68, "api_key_issued", 2},
    {69, "grant_issued", 2},
    {70, "grant_revoked", 2},
    {20, "guardrail_matched", 1},
    {21, "guardrail_skipped", 1},
    {22, "prompt_masked", 1},
    {23, "tool_call_withheld", 1},
    {80, "policy_set", 1},
    {81, "policy_removed", 1},
    {90, "guardrail_set", 2},
    {91, "guardrail_removed", 1},
    {71, "api_key_revoked", 1},
    {72, "user_changed", 1},
    {73, "user_deactivated", 1},
    {74, "user_reactivated", 1},
    {75, "tokens_revoked", 1},
    {76, "api_keys_used", 1},
    {77, "credential_set", 1},
    {78, "credential_removed", 1},
    {79, "configuration_reloaded", 1},
};

TEST(GoldenTest, TypeNumbersNamesAndSchemasAreAsReleased) {
  random_source source{base_seed()};
  std::multiset<released_type> known;
  for (std::size_t kind = 1; kind < event_kinds; ++kind) {
    auto e = random_event(source, kind);
    known.insert({type_of(e), name_of(e), schema_of(e)});
  }
  EXPECT_EQ(
      std::vector(known.begin(), known.end()),
      std::vector(released_types.begin(), released_types.end()));
}

TEST(GoldenTest, EveryReleasedSchemaOfEveryTypeHasACase) {
  std::set<std::pair<std::string, int>> wanted;
  for (const auto& released : released_types)
    for (int schema = 1; schema <= released.newest_schema; ++schema)
      wanted.emplace(released.name, schema);
  std::set<std::pair<std::string, int>> present;
  for (const auto& golden : golden_cases())
    present.emplace(name_of(golden.reads_as), golden.schema);
  EXPECT_EQ(present, wanted);
}

TEST(GoldenTest, TheFolderHoldsTheFileOfEachCaseAndNoOther) {
  std::set<std::string> wanted;
  for (const auto& golden : golden_cases())
    wanted.insert(golden.file_name());
  std::set<std::string> present;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder()))
    present.insert(entry.path().filename().string());
  EXPECT_EQ(present, wanted);
}

TEST(GoldenTest, StoredBytesStillMeanWhatTheyMeant) {
  for (const auto& golden : golden_cases()) {
    SCOPED_TRACE(golden.file_name());
    auto bytes = read_hex_file(golden_folder() + golden.file_name());
    if (!bytes) {
      ADD_FAILURE() << "There is no such file, or it is not hexadecimal. That "
                       "of a new event is to hold:\n"
                    << to_hex(encoded(golden.reads_as));
      continue;
    }
    auto read = decode(type_of(golden.reads_as), golden.schema, *bytes);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, golden.reads_as);
  }
}

TEST(GoldenTest, TheNewestSchemaIsWrittenByteForByteAsItWasReleased) {
  for (const auto& golden : golden_cases()) {
    if (golden.schema != schema_of(golden.reads_as))
      continue;
    SCOPED_TRACE(golden.file_name());
    auto bytes = read_hex_file(golden_folder() + golden.file_name());
    ASSERT_TRUE(bytes);
    EXPECT_EQ(to_hex(encoded(golden.reads_as)), to_hex(*bytes))
        << "A changed payload needs a new schema and an upcaster.";
  }
}

/// generation_completed as schema 1 wrote it, built by hand: turn, finish
/// reason, prompt and completion tokens below 128.
std::string
completed_v1(std::string_view finish_reason, char prompt, char completion) {
  std::string bytes;
  for (char i = 0; i < 16; ++i)
    bytes += i;
  bytes += static_cast<char>(finish_reason.size());
  bytes += finish_reason;
  bytes += prompt;
  bytes += completion;
  return bytes;
}

generation_completed upcast_v1(const std::string& bytes) {
  auto read = decode(generation_completed::type, 1, bytes);
  EXPECT_TRUE(read) << read.error().message;
  return std::get<generation_completed>(*read);
}

TEST(UpcastTest, TheFirstGenerationCompletedGetsEachMemberOfTheSecond) {
  auto now = upcast_v1(completed_v1("stop", 12, 34));
  for (std::uint8_t i = 0; i < 16; ++i)
    EXPECT_EQ(now.turn.bytes[i], i);
  EXPECT_EQ(now.ending, ending::complete);
  EXPECT_EQ(now.finish_reason, "stop");
  EXPECT_EQ(now.usage.source, usage_source::reported);
  EXPECT_EQ(now.usage.prompt, 12u);
  EXPECT_EQ(now.usage.completion, 34u);
  EXPECT_EQ(now.usage.cached, 0u);
  EXPECT_EQ(now.usage.reasoning, 0u);
}

TEST(UpcastTest, TheFinishReasonTellsTheEnding) {
  const std::tuple<std::string_view, ending> table[] = {
      {"stop", ending::complete},
      {"length", ending::length},
      {"tool_calls", ending::tool_calls},
      {"function_call", ending::tool_calls},
      {"content_filter", ending::content_filter},
      {"", ending::complete},
      {"end_turn", ending::complete},
  };
  for (auto [reason, expected] : table) {
    auto now = upcast_v1(completed_v1(reason, 1, 1));
    EXPECT_EQ(now.ending, expected) << reason;
    EXPECT_EQ(now.finish_reason, reason);
  }
}

TEST(UpcastTest, ZeroCountsOfTheFirstSchemaMeanThatNothingWasKnown) {
  EXPECT_EQ(upcast_v1(completed_v1("stop", 0, 0)).usage, token_usage{});
  EXPECT_EQ(
      upcast_v1(completed_v1("stop", 0, 1)).usage.source,
      usage_source::reported);
}

TEST(UpcastTest, CountsWhoseSumOverflowsAreKept) {
  std::string bytes = completed_v1("stop", 0, 0);
  bytes.resize(bytes.size() - 2);
  // 2^63, twice.
  std::string half = std::string(9, '\x80') + '\x01';
  auto now = upcast_v1(bytes + half + half);
  EXPECT_EQ(now.usage.source, usage_source::reported);
  EXPECT_EQ(now.usage.prompt, std::uint64_t{1} << 63);
}

TEST(UpcastTest, GrantsOfTheFirstSchemaAreThoseOfUsers) {
  auto bytes = read_hex_file(golden_folder() + "grant_issued.v1.hex");
  ASSERT_TRUE(bytes);
  auto read = decode(grant_issued::type, 1, *bytes);
  ASSERT_TRUE(read);
  const auto& grant = std::get<grant_issued>(*read);
  EXPECT_EQ(grant.user, "did:u:2");
  EXPECT_EQ(grant.group, "");
}

TEST(UpcastTest, AnUpcastEventIsWrittenInTheNewestSchema) {
  event now = upcast_v1(completed_v1("length", 12, 34));
  auto again = decode(type_of(now), schema_of(now), encoded(now));
  ASSERT_TRUE(again);
  EXPECT_EQ(schema_of(now), 2);
  EXPECT_EQ(*again, now);
}

TEST(UpcastTest, AnOldPayloadWithAByteMoreOrLessIsCorrupt) {
  auto bytes = completed_v1("stop", 12, 34);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto read = decode(generation_completed::type, 1, bytes.substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ec::corrupt);
  }
  EXPECT_FALSE(decode(generation_completed::type, 1, bytes + '\0'));
}

} // namespace

} // namespace hansard::test
