#include "tools/hansard/serve/reloader.hpp"

#include <gmock/gmock.h>

namespace hansard {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReloaderTest, SettingsThatNeedARestartStayAsTheyAre) {
  const settings current;
  auto wanted = current;
  wanted.listen = "127.0.0.1:9999";
  wanted.storage_path = "elsewhere";
  wanted.server.max_streams = 5;
  wanted.log_level = "debug";
  const auto report = merge_settings(current, wanted);
  EXPECT_THAT(report.changed, ElementsAre("server.max_streams", "log.level"));
  EXPECT_THAT(
      report.needs_restart, ElementsAre("server.listen", "storage.path"));
  EXPECT_EQ(wanted.listen, current.listen);
  EXPECT_EQ(wanted.storage_path, current.storage_path);
  EXPECT_EQ(wanted.server.max_streams, 5u);
}

TEST(ReloaderTest, NothingNewIsNoChange) {
  settings wanted;
  const auto report = merge_settings(settings{}, wanted);
  EXPECT_THAT(report.changed, IsEmpty());
  EXPECT_THAT(report.needs_restart, IsEmpty());
}

TEST(ReloaderTest, TlsNeitherBeginsNorEndsButItsFilesCanMove) {
  settings plain;
  auto secure = plain;
  secure.server.tls_certificate_file = "a.pem";
  secure.server.tls_key_file = "a.key";
  auto wanted = secure;
  EXPECT_THAT(
      merge_settings(plain, wanted).needs_restart,
      ElementsAre("server.tls_certificate", "server.tls_key"));
  EXPECT_EQ(wanted.server.tls_certificate_file, "");
  wanted = plain;
  EXPECT_THAT(
      merge_settings(secure, wanted).needs_restart,
      ElementsAre("server.tls_certificate", "server.tls_key"));
  EXPECT_EQ(wanted.server.tls_certificate_file, "a.pem");
  wanted = secure;
  wanted.server.tls_certificate_file = "b.pem";
  EXPECT_THAT(
      merge_settings(secure, wanted).changed,
      ElementsAre("server.tls_certificate"));
}

TEST(ReloaderTest, WhatTheActorsWereStartedWithNeedsARestart) {
  for (const auto& s : all_settings()) {
    const bool fixed = s.section == "storage" || s.section == "sessions"
                       || s.flag == "listen" || s.flag == "io-threads"
                       || s.flag == "query-threads" || s.flag == "log-format";
    EXPECT_EQ(is_reloadable(s), !fixed) << s.flag;
  }
}

} // namespace
} // namespace hansard
