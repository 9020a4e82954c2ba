#include "tests/support/source_dir.hpp"
#include "tools/hansard/config/settings.hpp"
#include "tools/hansard/config/settings_reference.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <string>

namespace hansard {
namespace {

using testing::HasSubstr;

TEST(SettingsReferenceTest, ConfigurationPageEndsWithIt) {
  std::ifstream in(source_dir() + "/docs/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const auto at = page.find("## Every setting\n");
  ASSERT_NE(at, page.npos);
  EXPECT_EQ(page.substr(at), settings_reference())
      << "docs/configuration.md is not what the program prints. To renew it:\n"
         "  sed -i '/^## Every setting$/,$d' docs/configuration.md\n"
         "  build/dev/hansard config reference >> docs/configuration.md";
}

TEST(SettingsReferenceTest, EachSettingHasNameFlagVariableAndDefault) {
  const settings defaults;
  const auto text = settings_reference();
  for (const auto& s : all_settings()) {
    const auto value = text_of(defaults, s);
    EXPECT_THAT(
        text, HasSubstr(
                  "| `" + std::string(s.key) + "` | "
                  + (value.empty() ? "none" : '`' + value + '`') + " | "));
    EXPECT_THAT(
        text, HasSubstr(
                  "| `--" + std::string(s.flag) + "`, `" + environment_name(s)
                  + "` | "));
  }
}

TEST(SettingsReferenceTest, RangesAndWordsAreWrittenAsTheyAreGiven) {
  const auto text = settings_reference();
  EXPECT_THAT(
      text, HasSubstr("| `body_limit` | `8MiB` | 1KiB to 1GiB | "
                      "`--body-limit`, `HANSARD_BODY_LIMIT` | "));
  EXPECT_THAT(text, HasSubstr("| `header_timeout` | `10s` | 100ms to 1h | "));
  EXPECT_THAT(text, HasSubstr("| `query_threads` | `2` | 1 to 256 | "));
  EXPECT_THAT(text, HasSubstr("| `format` | `text` | `text`, `json` | "));
}

} // namespace
} // namespace hansard
