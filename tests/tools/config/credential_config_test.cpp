#include "tests/support/credential_keys.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/hansard/config/credential_config.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace hansard::test {
namespace {

using std::filesystem::perms;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string>& variables() {
  static std::map<std::string, std::string> all;
  return all;
}

char* variable(const char* name) {
  auto found = variables().find(name);
  return found == variables().end() ? nullptr : found->second.data();
}

class CredentialConfigTest : public ::testing::Test {
protected:
  CredentialConfigTest() { variables().clear(); }

  void write(
      const std::string& text,
      perms mode = perms::owner_read | perms::owner_write) {
    settings_.credentials_key_file = folder_ / "keys";
    std::ofstream(settings_.credentials_key_file) << text;
    std::filesystem::permissions(settings_.credentials_key_file, mode);
  }
  std::vector<credential_key::id_type> ids() {
    std::vector<credential_key::id_type> out;
    for (const auto& key : read_credential_keys(settings_, variable).value())
      out.push_back(key.id());
    return out;
  }
  std::string problem() {
    auto keys = read_credential_keys(settings_, variable);
    return keys ? "" : keys.error().message;
  }

  const std::string one_{credential_key_text};
  const std::string other_{other_credential_key_text};
  temp_dir folder_;
  settings settings_;
};

TEST_F(CredentialConfigTest, NoKeyIsNoMistake) {
  EXPECT_THAT(ids(), testing::IsEmpty());
}

TEST_F(CredentialConfigTest, AFileHasOneKeyALine) {
  write("# newest first\n" + one_ + "\n\n  " + other_ + "\r\n");
  EXPECT_THAT(
      ids(), testing::ElementsAre(
                 sample_credential_key(one_).id(),
                 sample_credential_key(other_).id()));
}

TEST_F(CredentialConfigTest, AFileThatOthersCanReadIsRefused) {
  for (auto bit :
       {perms::group_read, perms::others_read, perms::group_write,
        perms::others_write}) {
    write(one_, perms::owner_read | perms::owner_write | bit);
    EXPECT_THAT(problem(), HasSubstr("chmod 600"));
  }
}

TEST_F(CredentialConfigTest, AWrongLineIsNamedAndNotRepeated) {
  write(one_ + "\nhunter2-hunter2\n");
  EXPECT_THAT(problem(), HasSubstr("keys:2"));
  EXPECT_THAT(problem(), Not(HasSubstr("hunter2")));
}

TEST_F(CredentialConfigTest, AFileWithoutAKeyIsAMistake) {
  write("# nothing\n");
  EXPECT_THAT(problem(), HasSubstr("has no key"));
  settings_.credentials_key_file = folder_ / "missing";
  EXPECT_THAT(problem(), HasSubstr("can't be opened"));
  settings_.credentials_key_file = folder_.path().string();
  EXPECT_THAT(problem(), HasSubstr("is no regular file"));
}

TEST_F(CredentialConfigTest, APipeIsRefusedAndNotWaitedFor) {
  settings_.credentials_key_file = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(settings_.credentials_key_file.c_str(), 0600), 0);
  EXPECT_THAT(problem(), HasSubstr("is no regular file"));
}

TEST_F(CredentialConfigTest, TheUsualVariableCountsUnlessOthersAreNamed) {
  variables()["HANSARD_CREDENTIALS_KEY"] = one_;
  EXPECT_EQ(ids().size(), 1u);
  variables()["NEW"] = other_;
  settings_.credentials_key_env = {"NEW"};
  EXPECT_THAT(ids(), testing::ElementsAre(sample_credential_key(other_).id()));
  settings_.credentials_key_env = {"ABSENT"};
  EXPECT_THAT(problem(), HasSubstr("ABSENT is not in the environment"));
}

TEST_F(CredentialConfigTest, TheFilesKeysComeFirst) {
  variables()["HANSARD_CREDENTIALS_KEY"] = one_;
  write(other_);
  EXPECT_EQ(ids().front(), sample_credential_key(other_).id());
  EXPECT_EQ(ids().size(), 2u);
}

} // namespace
} // namespace hansard::test
