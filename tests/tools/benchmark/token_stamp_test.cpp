#include "tools/benchmark/token_stamp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard::benchmark {

namespace {

std::string text_of(token_stamp stamp) {
  std::string out(stamp_size, '?');
  write_stamp(out.data(), stamp);
  return out;
}

std::vector<token_stamp>
scan_in_pieces(const std::string& text, std::size_t n) {
  stamp_scanner scanner;
  std::vector<token_stamp> out;
  for (std::size_t at = 0; at < text.size(); at += n)
    scanner.feed(std::string_view(text).substr(at, n), [&](token_stamp s) {
      out.push_back(s);
    });
  return out;
}

} // namespace

TEST(TokenStampTest, ReadBackIsWhatWasWritten) {
  for (const auto stamp :
       {token_stamp{0, 0}, token_stamp{99'999, UINT64_MAX},
        token_stamp{42, 0x0123456789abcdef}}) {
    token_stamp read;
    ASSERT_TRUE(read_stamp(text_of(stamp).data(), read)) << text_of(stamp);
    EXPECT_EQ(read, stamp);
  }
}

TEST(TokenStampTest, NeedsNoEscapeInJson) {
  for (unsigned char c : text_of({12'345, 0xfedcba9876543210}))
    EXPECT_TRUE(c >= 0x20 && c < 0x7f && c != '"' && c != '\\') << c;
}

TEST(TokenStampTest, OtherTextIsRefused) {
  token_stamp read;
  auto text = text_of({1, 2});
  for (std::size_t at : {0u, 1u, 6u, 7u, 22u, 23u}) {
    auto broken = text;
    broken[at] = 'x';
    EXPECT_FALSE(read_stamp(broken.data(), read)) << broken;
  }
}

TEST(StampScannerTest, FindsEveryStampHoweverTheTextIsCut) {
  const std::vector<token_stamp> stamps{{0, 1000}, {1, 2000}, {2, 3000}};
  // Two tokens in one event, as a server that coalesces sends them.
  const auto text = "id: 7\ndata: {\"chunk\": \"" + text_of(stamps[0])
                    + text_of(stamps[1]) + "\"}\n\ndata: {\"chunk\": \""
                    + text_of(stamps[2]) + "\"}\n\ndata: [DONE]\n\n";
  for (std::size_t n = 1; n <= text.size(); ++n)
    EXPECT_EQ(scan_in_pieces(text, n), stamps) << "pieces of " << n;
}

TEST(StampScannerTest, ResetForgetsHalfAStamp) {
  stamp_scanner scanner;
  const auto text = text_of({5, 6});
  std::size_t seen = 0;
  const auto count = [&](token_stamp) { ++seen; };
  scanner.feed(std::string_view(text).substr(0, 10), count);
  scanner.reset();
  scanner.feed(text, count);
  EXPECT_EQ(seen, 1u);
}

} // namespace hansard::benchmark
