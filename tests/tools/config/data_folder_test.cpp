#include "tests/support/temp_dir.hpp"
#include "tools/hansard/config/data_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hansard {
namespace {

class DataFolderTest : public testing::Test {
protected:
  static unsigned mode_of(const std::string& path) {
    struct stat about {};
    EXPECT_EQ(stat(path.c_str(), &about), 0);
    return about.st_mode & 0777u;
  }

  test::temp_dir folder;
  const std::string root = folder.path().string();
};

TEST_F(DataFolderTest, AFolderIsMadeForItsOwnerAlone) {
  ASSERT_TRUE(make_folder(root + "/a/b/data"));
  EXPECT_EQ(mode_of(root + "/a/b/data"), 0700u);
  EXPECT_TRUE(make_folder(root + "/a/b/data"));
}

TEST_F(DataFolderTest, AFileInItsPlaceIsRefused) {
  std::ofstream(root + "/data") << "x";
  EXPECT_FALSE(make_folder(root + "/data"));
  EXPECT_FALSE(make_folder(root + "/data/below"));
}

TEST_F(DataFolderTest, ASecretIsReplacedAsAWholeAndReadByItsOwnerAlone) {
  const auto path = root + "/admin.key";
  ASSERT_TRUE(write_secret(path, "first and longer\n"));
  ASSERT_TRUE(write_secret(path, "second\n"));
  std::ifstream in(path);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text, "second\n");
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(DataFolderTest, ASecretThatCanNotBeWrittenIsAnError) {
  auto done = write_secret(root + "/nowhere/admin.key", "x");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ec::storage_failed);
}

TEST_F(DataFolderTest, AFolderWithoutALogIsNamed) {
  auto done = check_unheld({root});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ec::not_found);
  EXPECT_THAT(done.error().message, testing::HasSubstr(root));
}

TEST_F(DataFolderTest, TheProcessThatHoldsTheLogIsNamed) {
  const data_folder folder{root};
  ASSERT_TRUE(make_folder(folder.log()));
  const auto lock = folder.log() + "/LOCK";
  std::ofstream(lock) << "";
  EXPECT_TRUE(check_unheld(folder));

  int ready[2], done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const auto child = fork();
  if (child == 0) {
    // As RocksDB locks it; until the test closes its end of `done`.
    const int file = open(lock.c_str(), O_RDWR);
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    char byte = fcntl(file, F_SETLK, &wanted) == 0 ? 'y' : 'n';
    close(done[1]);
    if (write(ready[1], &byte, 1) == 1)
      _exit(read(done[0], &byte, 1) == 0 ? 0 : 1);
    _exit(1);
  }
  char byte = 'n';
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_EQ(holder_of(folder), child);
  auto unheld = check_unheld(folder);
  ASSERT_FALSE(unheld);
  EXPECT_EQ(unheld.error().code, ec::storage_locked);
  EXPECT_THAT(
      unheld.error().message, testing::HasSubstr(std::to_string(child)));
  close(done[1]);
  int status = 0;
  waitpid(child, &status, 0);
  for (int end : {ready[0], ready[1], done[0]})
    close(end);
  EXPECT_EQ(holder_of(folder), std::nullopt);
}

} // namespace
} // namespace hansard
