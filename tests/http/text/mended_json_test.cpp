#include "http/text/mended_json.hpp"

#include <gtest/gtest.h>

namespace hansard {
namespace {

std::string mended(std::string text) {
  mend_json(text);
  return text;
}

TEST(MendedJsonTest, AByteOrderMarkGoesAtTheFrontAlone) {
  EXPECT_EQ(mended("\xEF\xBB\xBF{}"), "{}");
  EXPECT_EQ(mended("{\"a\":\"\xEF\xBB\xBF\"}"), "{\"a\":\"\xEF\xBB\xBF\"}");
}

TEST(MendedJsonTest, HalfOfASurrogatePairIsReplaced) {
  EXPECT_EQ(mended(R"("\ud83d")"), R"("\ufffd")");
  EXPECT_EQ(mended(R"("\uDE00 \ud83d")"), R"("\ufffd \ufffd")");
  EXPECT_EQ(mended(R"("\ud83d\ud83d\ude00")"), R"("\ufffd\ud83d\ude00")");
  EXPECT_EQ(mended(R"("\ude00\ud83d")"), R"("\ufffd\ufffd")");
}

TEST(MendedJsonTest, WholePairsAndOtherEscapesStay) {
  for (std::string text :
       {R"("\ud83d\ude00")", R"("\u00e9 \n \\ \"")", R"("\\ud83d")",
        R"("\\\\ud83d")", R"("\u12")", R"("\)", R"("\u)", ""})
    EXPECT_EQ(mended(text), text);
  EXPECT_EQ(mended(R"("\\\ud83d")"), R"("\\\ufffd")");
}

} // namespace
} // namespace hansard
