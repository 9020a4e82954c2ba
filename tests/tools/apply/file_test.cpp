#include "tools/hansard/apply/file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hansard {
namespace {

const timestamp noon = *from_iso8601("2026-05-28T12:00:00Z");

const secret_source secrets{
    [](const std::string& name) {
      return name == "KEY" ? std::optional<std::string>("from variable")
                           : std::nullopt;
    },
    [](const std::string& path) -> result<std::string> {
      if (path != "key.txt")
        return make_error(ec::invalid_request, path + " can't be opened.");
      return std::string("from file\n");
    }};

apply_state read(std::string_view text) {
  auto out = read_apply_file(text, "org.toml", noon, secrets);
  EXPECT_TRUE(out) << out.error().message;
  return out ? std::move(*out) : apply_state{};
}

std::string problems_of(std::string_view text) {
  auto out = read_apply_file(text, "org.toml", noon, secrets);
  return out ? std::string() : out.error().message;
}

TEST(ApplyFileTest, EachTableIsAThingWithItsLine) {
  const auto out = read(R"([[users]]
did = "did:ann"
name = "Ann"
role = "auditor"
active = false

[[grants]]
group = "a/b"
agent = "*"
capabilities = ["look", "chat"]
expires_at = "2030-01-01T02:00:00+02:00"

[[agents]]
did = "did:x"
provider = "demo"
idle_timeout = "30s"

[[policies]]
scope = "global"
max_turn_seconds = 5

[[guardrails]]
name = "cards"
detectors = ["card"]
longest_match = 40
)");
  ASSERT_EQ(out.items.size(), 5u);
  std::map<apply_kind, apply_item> by;
  for (const auto& item : out.items)
    by[item.kind] = item;
  EXPECT_EQ(by[apply_kind::user].where, "org.toml:1");
  EXPECT_EQ(by[apply_kind::user].fields["role"], "auditor");
  EXPECT_EQ(by[apply_kind::user].fields["active"], false);
  auto& grant = by[apply_kind::grant];
  EXPECT_EQ(grant.collection, "/api/groups/a%2Fb/grants");
  EXPECT_EQ(grant.fields["expiresAt"], "2030-01-01T00:00:00.000Z");
  EXPECT_EQ(grant.fields["capabilities"], (boost::json::array{"chat", "look"}));
  EXPECT_EQ(by[apply_kind::agent].fields["name"], "did:x");
  EXPECT_EQ(by[apply_kind::agent].fields["idleTimeoutMs"], 30'000);
  EXPECT_EQ(by[apply_kind::policy].where, "org.toml:18");
  EXPECT_EQ(by[apply_kind::guardrail].fields["longestMatch"], 40);
}

TEST(ApplyFileTest, AnEmptyListSpeaksOfItsKind) {
  const auto out = read("users = []");
  EXPECT_TRUE(out.items.empty());
  EXPECT_THAT(out.kinds, testing::ElementsAre(apply_kind::user));
}

TEST(ApplyFileTest, WhatIsNoTomlIsToldWithItsLine) {
  EXPECT_THAT(
      problems_of("[[users]]\ndid = \"did:ann\"\nrole = king\n"),
      testing::StartsWith("org.toml:3: not valid TOML"));
}

TEST(ApplyFileTest, EveryProblemIsToldWithItsLine) {
  const auto text = problems_of(R"([[users]]
did = "did:ann"
rol = "x"
role = "king"
[[grants]]
user = "a"
group = "b"
agent = "x"
[[grants]]
user = "a"
expires_at = "2020-01-01T00:00:00Z"
[[guardrails]]
name = "x"
pattern = ["a"]
[[agents]]
did = "x"
[[users]]
did = "did:bob"
[[users]]
did = "did:bob"
[listen]
)");
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  using testing::AllOf;
  using testing::HasSubstr;
  using testing::StartsWith;
  EXPECT_THAT(
      lines, testing::ElementsAre(
                 AllOf(StartsWith("org.toml:1:"), HasSubstr("role")),
                 AllOf(StartsWith("org.toml:3:"), HasSubstr("did you mean")),
                 AllOf(StartsWith("org.toml:5:"), HasSubstr("either")),
                 AllOf(StartsWith("org.toml:9:"), HasSubstr("agent")),
                 AllOf(StartsWith("org.toml:11:"), HasSubstr("is over")),
                 AllOf(StartsWith("org.toml:12:"), HasSubstr("pattern")),
                 AllOf(StartsWith("org.toml:15:"), HasSubstr("provider")),
                 AllOf(StartsWith("org.toml:19:"), HasSubstr("org.toml:17")),
                 AllOf(StartsWith("org.toml:21:"), HasSubstr("[[users]]"))));
}

TEST(ApplyFileTest, ACredentialsValueIsNamedAndNeverInTheFile) {
  auto out = read(R"([[credentials]]
name = "a"
value_env = "KEY"
[[credentials]]
name = "b"
value_file = "key.txt"
)");
  ASSERT_EQ(out.items.size(), 2u);
  EXPECT_EQ(out.items[0].unseen["value"], "from variable");
  EXPECT_EQ(out.items[1].unseen["value"], "from file");
  EXPECT_TRUE(out.items[0].fields.empty());
  for (const auto* members :
       {"value = \"geheim\"", "value_env = \"OTHER\"",
        "value_file = \"other.txt\"", "",
        "value_env = \"KEY\"\nvalue_file = \"key.txt\""}) {
    const auto text =
        problems_of("[[credentials]]\nname = \"a\"\n" + std::string(members));
    EXPECT_THAT(text, testing::HasSubstr("org.toml:")) << members;
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("geheim")));
  }
}

TEST(ApplyFileTest, AFileThatIsTooLongIsRefused) {
  EXPECT_THAT(
      problems_of(std::string(max_apply_bytes + 1, '\n')),
      testing::HasSubstr("8 MiB"));
}

} // namespace
} // namespace hansard
