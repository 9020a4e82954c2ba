#include "tests/tools/config/config_files.hpp"

#include <gmock/gmock.h>

#include <set>

namespace hansard {

void PrintTo(const setting& s, std::ostream* out) { *out << s.flag; }

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A value that is allowed and is not the default.
std::string other_value(const setting& s) {
  if (!s.choices.empty())
    return std::string(s.choices.substr(0, s.choices.find('|')));
  if (s.flag == "listen")
    return "127.0.0.1:9";
  if (kind_of(s) == setting_kind::text)
    return "some where";
  if (kind_of(s) == setting_kind::size)
    return "2MiB";
  if (kind_of(s) == setting_kind::duration)
    return "7s";
  return "77";
}

/// … and another one.
std::string third_value(const setting& s) {
  if (!s.choices.empty())
    return std::string(s.choices.substr(s.choices.rfind('|') + 1));
  if (s.flag == "listen")
    return "127.0.0.1:10";
  if (kind_of(s) == setting_kind::text)
    return "else where";
  if (kind_of(s) == setting_kind::size)
    return "3MiB";
  if (kind_of(s) == setting_kind::duration)
    return "8s";
  return "88";
}

std::string in_file(const setting& s, const std::string& value) {
  const char* quote = is_text(s) ? "\"" : "";
  return "[" + std::string(s.section) + "]\n" + std::string(s.key) + " = "
         + quote + value + quote + "\n";
}

class EverySetting : public config_fixture,
                     public testing::WithParamInterface<setting> {
protected:
  EverySetting() {
    // Certificate and key are refused alone: the other one is always there.
    if (GetParam().flag == "tls-certificate")
      sources.environment["HANSARD_TLS_KEY"] = "k";
    if (GetParam().flag == "tls-key")
      sources.environment["HANSARD_TLS_CERTIFICATE"] = "c";
  }

  std::string loaded() {
    auto c = load();
    return c ? text_of(c->settings, GetParam()) : c.error().message;
  }
};

TEST_P(EverySetting, IsSetByFileEnvironmentAndFlagWithRisingPrecedence) {
  const auto& s = GetParam();
  const auto by_default = text_of(settings{}, s);
  // A certificate or a key has to come with the other: no default alone.
  if (!s.flag.starts_with("tls-")) {
    EXPECT_EQ(loaded(), by_default);
  }
  write(in_file(s, other_value(s)));
  ASSERT_NE(other_value(s), third_value(s));
  EXPECT_EQ(loaded(), other_value(s));
  sources.environment[environment_name(s)] = third_value(s);
  EXPECT_EQ(loaded(), third_value(s));
  sources.flags = {{std::string(s.flag), other_value(s)}};
  EXPECT_EQ(loaded(), other_value(s));
}

TEST_P(EverySetting, TellsWhereABadValueCameFrom) {
  const auto& s = GetParam();
  const std::string bad = "\x01";
  sources.environment[environment_name(s)] = bad;
  EXPECT_THAT(problems(), HasSubstr(environment_name(s) + ": "));
  sources.environment.erase(environment_name(s));
  sources.flags = {{std::string(s.flag), bad}};
  EXPECT_THAT(problems(), HasSubstr("--" + std::string(s.flag) + ": "));
  sources.flags.clear();
  write(
      "\n[" + std::string(s.section) + "]\n" + std::string(s.key)
      + " = 1979-05-27\n");
  EXPECT_THAT(
      problems(), HasSubstr(
                      "hansard.toml:3: [" + std::string(s.section) + "] "
                      + std::string(s.key) + ": is a date or time"));
}

TEST_P(EverySetting, IsShownAsItIsRead) {
  const auto& s = GetParam();
  write(in_file(s, other_value(s)));
  auto first = load();
  ASSERT_TRUE(first) << first.error().message;
  const auto shown = show_config(*first);
  write(shown);
  EXPECT_EQ(loaded(), other_value(s)) << shown;
}

INSTANTIATE_TEST_SUITE_P(
    ConfigTest, EverySetting,
    testing::ValuesIn(all_settings().begin(), all_settings().end()),
    [](const auto& parameter) {
      std::string name;
      bool upper = true;
      for (char c : parameter.param.flag) {
        if (c != '-')
          name += static_cast<char>(upper ? std::toupper(c) : c);
        upper = c == '-';
      }
      return name;
    });

class ConfigTest : public config_fixture {};

TEST_F(ConfigTest, FlagsAndVariablesAreAllDifferent) {
  std::set<std::string> names;
  for (const auto& s : all_settings()) {
    EXPECT_TRUE(names.insert(std::string(s.flag)).second) << s.flag;
    EXPECT_TRUE(names.insert(environment_name(s)).second) << s.flag;
    EXPECT_FALSE(s.help.empty());
  }
}

TEST_F(ConfigTest, DefaultsAreValid) { EXPECT_EQ(problems(), ""); }

TEST_F(ConfigTest, AnUnknownKeyNamesItsLineAndTheNearestKnownKey) {
  EXPECT_EQ(
      problems_of("[server]\n\nlisen = \"127.0.0.1:1\"\n"),
      "hansard.toml:3: [server] lisen: is not known; did you mean \"listen\"?");
}

TEST_F(ConfigTest, AnUnknownSectionNamesItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(
      problems_of("\n[sever]\nx = 1\n"),
      "hansard.toml:2: \"sever\": is not known; did you mean \"server\"?");
}

TEST_F(ConfigTest, AKeyInAWrongPlaceIsSentToItsSection) {
  EXPECT_EQ(
      problems_of("body_limit = 1\n"),
      "hansard.toml:1: \"body_limit\": is not known; it belongs in [server]");
  EXPECT_EQ(
      problems_of("[log]\nmin_free = 1\n"),
      "hansard.toml:2: [log] min_free: is not known; it belongs in [storage]");
}

TEST_F(ConfigTest, EveryProblemIsToldAtOnce) {
  sources.flags = {{"ping-interval", "fast"}};
  const auto text =
      problems_of("[server]\nbody_limit = \"8 parsecs\"\nmax_connections = 0\n"
                  "io_threads = \"4\"\n");
  EXPECT_THAT(
      text,
      HasSubstr("hansard.toml:2: [server] body_limit: \"8 parsecs\" is not "
                "a size; expected a number and a unit, as in \"8MiB\""));
  EXPECT_THAT(
      text, HasSubstr("hansard.toml:3: [server] max_connections: 0 is out of "
                      "range; expected 1 to 1000000"));
  EXPECT_THAT(
      text, HasSubstr("hansard.toml:4: [server] io_threads: is a string; "
                      "expected a whole number"));
  EXPECT_THAT(text, HasSubstr("--ping-interval: \"fast\" is not a duration"));
}

TEST_F(ConfigTest, ChoicesAreTold) {
  EXPECT_EQ(
      problems_of("[log]\nlevel = \"loud\"\n"),
      "hansard.toml:2: [log] level: \"loud\" is not known; expected "
      "debug|info|warn|error");
  EXPECT_NE(problems_of("[log]\nlevel = \"info|warn\"\n"), "");
  EXPECT_NE(problems_of("[log]\nlevel = \"\"\n"), "");
}

TEST_F(ConfigTest, ABareNumberIsNoDuration) {
  EXPECT_EQ(
      problems_of("[server]\nping_interval = 15\n"),
      "hansard.toml:2: [server] ping_interval: is a whole number; expected a "
      "duration in quotes, such as \"15s\"");
}

TEST_F(ConfigTest, ACertificateWithoutItsKeyIsRefused) {
  EXPECT_THAT(
      problems_of("[server]\ntls_certificate = \"c.pem\"\n"),
      HasSubstr("must be set together"));
}

TEST_F(ConfigTest, AddressesAreChecked) {
  for (const char* good :
       {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:8080", "localhost:1"})
    EXPECT_TRUE(parse_listen(good)) << good;
  for (const char* wrong :
       {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:80", "[127.0.0.1]:80", "example.org:80", "[]:1", "127.0.0.1:80x",
        "1.2.3.4.5:6"})
    EXPECT_FALSE(parse_listen(wrong)) << wrong;
  sources.flags = {{"listen", "nowhere"}};
  EXPECT_THAT(problems(), HasSubstr("nowhere"));
}

TEST_F(ConfigTest, AMissingFileIsNamed) {
  sources.file = "/nowhere/hansard.toml";
  EXPECT_EQ(
      problems(),
      "/nowhere/hansard.toml: can't be opened; does the file exist?");
}

TEST_F(ConfigTest, AFolderIsNoFile) {
  sources.file = "/tmp";
  EXPECT_NE(problems(), "");
}

TEST_F(ConfigTest, AVariableThatNobodyReadsIsAWarning) {
  sources.environment["HANSARD_LISTN"] = "127.0.0.1:1";
  sources.environment["HANSARD_ADMIN_KEY"] = "x";
  auto c = load();
  ASSERT_TRUE(c);
  EXPECT_THAT(
      c->warnings,
      testing::ElementsAre(
          "HANSARD_LISTN: no such setting; did you mean \"HANSARD_LISTEN\"?"));
}

TEST_F(ConfigTest, OriginsTellWhoSetAValue) {
  write("[server]\nlisten = \"127.0.0.1:1\"\nbody_limit = 4096\n");
  sources.environment["HANSARD_LOG_LEVEL"] = "warn";
  sources.flags = {{"listen", "127.0.0.1:2"}};
  auto c = load();
  ASSERT_TRUE(c);
  const auto shown = show_config(*c);
  EXPECT_THAT(shown, HasSubstr("listen = \"127.0.0.1:2\"  # --listen\n"));
  EXPECT_THAT(shown, HasSubstr("body_limit = \"4KiB\"  # "));
  EXPECT_THAT(shown, HasSubstr("hansard.toml:3\n"));
  EXPECT_THAT(shown, HasSubstr("level = \"warn\"  # HANSARD_LOG_LEVEL\n"));
  EXPECT_THAT(shown, HasSubstr("io_threads = 0  # default\n"));
}

TEST_F(ConfigTest, HostileFilesAreRefusedWithTheirLine) {
  const std::pair<std::string, const char*> files[] = {
      {"[server\n", "hansard.toml:1"},
      {"[server]\nlisten = \"a\"\nlisten = \"b\"\n", "hansard.toml:3"},
      {"[server]\nlisten = \"\xff\xfe\"\n", "hansard.toml:2"},
      {std::string("[server]\0\n", 10), "hansard.toml:1"},
      {"[server]\nlisten = \"\"\"\n", "hansard.toml"},
      {"x = " + std::string(100'000, '[') + "\n", "hansard.toml:1"},
      {std::string(max_config_bytes + 1, '#'), "over 1 MiB"},
      {"server = 3\n", "hansard.toml:1: server is a whole number"},
      {"[[server]]\n", "server is an array"},
      {"agents = \"x\"\n", "agents: expected tables"},
      {"agents = [1]\n", "agents: expected tables"},
      {"[agents]\ndid = \"x\"\n", "agents: expected tables"},
      {"[server]\nmax_connections = 99999999999999999999\n", "hansard.toml:2"},
      {"[server]\nmax_connections = -1\n", "max_connections"},
      {"[server]\n\"listen\\u0000\" = 1\n", "hansard.toml:2"},
      {"[server.listen]\nx = 1\n", "[server] listen: is a table"},
  };
  for (const auto& [toml, wanted] : files)
    EXPECT_THAT(problems_of(toml), HasSubstr(wanted)) << toml.substr(0, 60);
}

TEST_F(ConfigTest, EachCutOfAGoodFileLoadsOrIsRefusedWithAReason) {
  const std::string good =
      "[server]\nlisten = \"127.0.0.1:1\"\n[[agents]]\ndid = \"d\"\n"
      "provider = \"demo\"\nparameters = { a = [1, 2.5, {b = \"\\u00e9\"}] }\n";
  for (std::size_t n = 0; n <= good.size(); ++n) {
    write(good.substr(0, n));
    auto c = load();
    EXPECT_TRUE(c || !c.error().message.empty()) << n;
  }
}

} // namespace
} // namespace hansard
