#include "events/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace hansard {

namespace {

TEST(ErrorTest, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ec::internal); ++code) {
    auto name = to_string(static_cast<ec>(code));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), name.npos);
  }
}

TEST(ErrorTest, AValueThatIsNotThereThrowsWhatWentWrong) {
  result<int> failed = make_error(ec::corrupt, "two and two");
  try {
    (void)failed.value();
    FAIL();
  } catch (const std::logic_error& e) {
    EXPECT_STREQ(e.what(), "result has no value: corrupt: two and two");
  }
}

} // namespace

} // namespace hansard
