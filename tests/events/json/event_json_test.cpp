#include "events/codec/codec.hpp"
#include "tests/events/codec/golden_cases.hpp"
#include "tests/events/codec/random_events.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace hansard::test {

namespace {

namespace json = boost::json;

recorded_event recorded(event body) {
  session_id session{make_ulid(1469918176385, 1, 2)};
  return {
      {7},
      stream_of(session),
      {3},
      from_unix_us(1'779'978'645'123'456),
      std::move(body)};
}

json::object parsed(const event& body) {
  return json::parse(to_json(recorded(body))).as_object();
}

std::string text_of(const json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

TEST(EventJsonTest, EveryEventIsOneLineOfJsonWithTheWholeEnvelope) {
  for (int round = 0; round < 100; ++round) {
    random_source source{base_seed() + round};
    for (std::size_t kind = 1; kind < event_kinds; ++kind) {
      auto e = recorded(random_event(source, kind));
      e.position.value = source.number();
      e.version.value = source.number();
      auto line = to_json(e);
      SCOPED_TRACE(line);
      ASSERT_EQ(line.find_first_of("\r\n"), line.npos);
      json::error_code failed;
      auto value = json::parse(line, failed);
      ASSERT_FALSE(failed) << failed.message();
      std::vector<std::string> names;
      for (const auto& member : value.as_object())
        names.emplace_back(member.key().data(), member.key().size());
      ASSERT_EQ(
          names, (std::vector<std::string>{
                     "position", "stream", "version", "type", "schema", "at",
                     "atUs", "data"}));
      ASSERT_EQ(
          value.at("position").to_number<std::uint64_t>(), e.position.value);
      ASSERT_EQ(
          value.at("version").to_number<std::uint64_t>(), e.version.value);
      ASSERT_EQ(text_of(value.at("type")), name_of(e.body));
      ASSERT_EQ(value.at("schema").to_number<int>(), schema_of(e.body));
      ASSERT_TRUE(value.at("data").is_object());
    }
  }
}

TEST(EventJsonTest, TheMomentIsTextAndMicroseconds) {
  auto line = parsed(title_changed{"x", {}});
  EXPECT_EQ(text_of(line.at("at")), "2026-05-28T14:30:45.123Z");
  EXPECT_EQ(line.at("atUs").to_number<std::int64_t>(), 1'779'978'645'123'456);
}

TEST(EventJsonTest, AMomentBeforeNineteenSeventyIsNegative) {
  auto e = recorded(title_changed{"x", {}});
  e.at = from_unix_us(-1500);
  auto line = json::parse(to_json(e));
  EXPECT_EQ(line.at("atUs").to_number<std::int64_t>(), -1500);
}

TEST(EventJsonTest, StreamsAreNamed) {
  auto e = recorded(title_changed{"x", {}});
  auto stream = [&e] { return text_of(json::parse(to_json(e)).at("stream")); };
  EXPECT_EQ(stream(), session_of(e.stream).to_string());
  e.stream = control_stream;
  EXPECT_EQ(stream(), "control");
  e.stream = access_stream;
  EXPECT_EQ(stream(), "access");
}

TEST(EventJsonTest, NoFormOfAnApiKeysHashIsShown) {
  for (const auto& golden : golden_cases()) {
    auto* key = std::get_if<api_key_issued>(&golden.reads_as);
    if (!key)
      continue;
    auto line = to_json(recorded(*key));
    auto hash = to_hex(
        {reinterpret_cast<const char*>(key->sha256.data()),
         key->sha256.size()});
    EXPECT_EQ(line.find(hash.substr(0, 8)), line.npos) << line;
    EXPECT_EQ(line.find("sha"), line.npos) << line;
    EXPECT_EQ(line.find("hash"), line.npos) << line;
    auto data = json::parse(line).at("data").as_object();
    EXPECT_EQ(text_of(data.at("keyId")), key->id.to_string());
    EXPECT_EQ(text_of(data.at("expiresAt")), "2026-05-28T14:30:45.123Z");
    return;
  }
  FAIL() << "no golden case of api_key_issued";
}

TEST(EventJsonTest, AKeyOrGrantThatNeverExpiresHasNoExpiry) {
  EXPECT_FALSE(
      parsed(api_key_issued{}).at("data").as_object().contains("expiresAt"));
  EXPECT_FALSE(
      parsed(grant_issued{}).at("data").as_object().contains("expiresAt"));
}

TEST(EventJsonTest, HeadersOfAnAgentShowTheirNamesOnly) {
  agent_spec spec;
  spec.headers = {{"authorization", "Bearer hunter2"}, {"x-a", "hunter3"}};
  for (const event& e :
       {event{agent_registered{spec, {}}},
        event{agent_reconfigured{spec, {}}}}) {
    auto line = to_json(recorded(e));
    EXPECT_EQ(line.find("hunter"), line.npos) << line;
    EXPECT_NE(line.find(R"("headerNames":["authorization","x-a"])"), line.npos)
        << line;
  }
}

TEST(EventJsonTest, TheJsonOfAMessageIsEmbeddedAsItCame) {
  message m;
  m.content = R"([{ "type":"text", "text":"caf\u00e9","cache":1.0 }])";
  m.tool_calls = R"([ {"id" : "call_1"} ])";
  m.extra = R"({"big":123456789012345678901234567890})";
  auto line = to_json(recorded(messages_received{{}, {}, 0, {m}}));
  EXPECT_NE(line.find(m.content), line.npos) << line;
  EXPECT_NE(line.find(m.tool_calls), line.npos) << line;
  EXPECT_NE(line.find(m.extra), line.npos) << line;
}

TEST(EventJsonTest, JsonThatCameOverSeveralLinesLeavesAsOne) {
  message m;
  m.role = role::assistant;
  m.content = "[\r\n  {\"type\": \"text\",\n   \"text\": \"a\\nb\"}\n]";
  m.tool_calls = "[\n{}\n]";
  m.extra = "{\n\"a\": 1}";
  agent_spec spec;
  spec.parameters = "{\n  \"temperature\": 0.5\r\n}";
  for (const event& e :
       {event{messages_received{{}, {}, 0, {m}}},
        event{agent_registered{spec, {}}}}) {
    auto line = to_json(recorded(e));
    EXPECT_EQ(line.find_first_of("\r\n"), line.npos) << line;
  }
  auto data = parsed(messages_received{{}, {}, 0, {m}}).at("data");
  auto& shown = data.at("messages").at(0);
  EXPECT_EQ(shown.at("content"), json::parse(m.content));
  EXPECT_EQ(shown.at("toolCalls"), json::parse(m.tool_calls));
  EXPECT_EQ(shown.at("extra"), json::parse(m.extra));
}

TEST(EventJsonTest, AMessageShowsWhereItCameFrom) {
  message m;
  m.role = role::assistant;
  m.origin = origin::claimed;
  m.content = R"("hi")";
  auto data = parsed(messages_received{{}, {}, 4, {m}}).at("data");
  EXPECT_EQ(
      json::serialize(data.at("messages")),
      R"([{"role":"assistant","origin":"claimed","content":"hi"}])");
  EXPECT_EQ(data.at("keep").to_number<int>(), 4);
}

TEST(EventJsonTest, AMessageWithoutContentShowsNull) {
  auto data = parsed(messages_received{{}, {}, 0, {message{}}}).at("data");
  EXPECT_TRUE(data.at("messages").at(0).at("content").is_null());
}

TEST(EventJsonTest, AnUnknownEventShowsItsTypeAndBytes) {
  auto line = parsed(unknown_event{500, 9, std::string("\x00\xff\n", 3)});
  EXPECT_EQ(text_of(line.at("type")), "unknown");
  EXPECT_EQ(line.at("schema").to_number<int>(), 9);
  EXPECT_EQ(line.at("data").at("type").to_number<int>(), 500);
  EXPECT_EQ(text_of(line.at("data").at("payloadHex")), "00ff0a");
}

TEST(EventJsonTest, TheServersOwnDoingHasNoRequest) {
  auto data = parsed(title_changed{"x", {"hansard", ""}}).at("data");
  EXPECT_EQ(text_of(data.at("principal")), "hansard");
  EXPECT_FALSE(data.as_object().contains("requestId"));
}

} // namespace

} // namespace hansard::test
