#include "events/ids.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace hansard::test {

namespace {

id_bytes random_id(random_source& source) {
  return make_ulid(source.number(), source.bits(), source.number());
}

TEST(IdsTest, AUlidShowsItsTimeInTheFirstTenCharacters) {
  // The example of the reference implementation, github.com/ulid/javascript.
  auto text = to_base32(make_ulid(1469918176385, 0, 0));
  EXPECT_EQ(text, "01ARYZ6S410000000000000000");
}

TEST(IdsTest, OnlyFortyEightBitsOfTimeAndEightyOfChanceAreUsed) {
  EXPECT_EQ(
      make_ulid(~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}),
      make_ulid(0xffff'ffff'ffff, 0xffff, ~std::uint64_t{0}));
  EXPECT_EQ(
      to_base32(make_ulid(0, 0xabcd'0000, 0)), to_base32(make_ulid(0, 0, 0)));
}

TEST(IdsTest, TextComesBackAsTheSameBytesInEitherCase) {
  for (int round = 0; round < 2000; ++round) {
    random_source source{base_seed() + round};
    auto id = random_id(source);
    auto text = to_base32(id);
    ASSERT_EQ(text.size(), 26u);
    ASSERT_EQ(from_base32(text), id) << text;
    for (auto& c : text)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    ASSERT_EQ(from_base32(text), id) << text;
  }
}

TEST(IdsTest, TextsSortAsBytesDo) {
  for (int round = 0; round < 2000; ++round) {
    random_source source{base_seed() + round};
    auto a = random_id(source);
    auto b = random_id(source);
    ASSERT_EQ(a < b, to_base32(a) < to_base32(b));
  }
}

TEST(IdsTest, ALaterIdIsGreaterWhateverItsRandomBits) {
  EXPECT_LT(make_ulid(1000, 0xffff, ~std::uint64_t{0}), make_ulid(1001, 0, 0));
}

TEST(IdsTest, TheLargestIdIsReadAndOneBitMoreIsRefused) {
  EXPECT_EQ(
      to_base32(*from_base32("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")),
      "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  for (char first : std::string_view("89ABZ"))
    EXPECT_FALSE(from_base32(first + std::string(25, '0'))) << first;
}

TEST(IdsTest, EveryCharacterOutsideTheAlphabetIsRefusedAtEveryPlace) {
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
  for (int c = 0; c < 256; ++c) {
    bool allowed = alphabet.find(static_cast<char>(c)) != alphabet.npos;
    for (std::size_t at = 1; at < 26; ++at) {
      std::string text(26, '0');
      text[at] = static_cast<char>(c);
      ASSERT_EQ(from_base32(text).has_value(), allowed) << c << " at " << at;
    }
  }
}

TEST(IdsTest, AnyOtherLengthIsRefused) {
  for (std::size_t size = 0; size < 60; ++size)
    EXPECT_EQ(from_base32(std::string(size, '0')).has_value(), size == 26)
        << size;
}

TEST(IdsTest, EachKindReadsItsOwnPrefixOnly) {
  session_id id{make_ulid(1469918176385, 1, 2)};
  auto text = id.to_string();
  EXPECT_TRUE(text.starts_with("sess_01ARYZ6S41"));
  EXPECT_EQ(session_id::parse(text), id);
  EXPECT_FALSE(turn_id::parse(text));
  EXPECT_FALSE(session_id::parse(text.substr(5)));
  EXPECT_FALSE(session_id::parse("SESS_" + text.substr(5)));
  EXPECT_FALSE(session_id::parse("sess_"));
  EXPECT_FALSE(session_id::parse(""));
  EXPECT_FALSE(session_id::parse(text + " "));
  EXPECT_TRUE(turn_id{}.to_string().starts_with("turn_"));
  EXPECT_TRUE(grant_id{}.to_string().starts_with("grant_"));
  EXPECT_TRUE(key_id{}.to_string().starts_with("key_"));
}

TEST(IdsTest, TheFixedStreamsAreNoSessionsAndNoIdMadeTodayIsOneOfThem) {
  EXPECT_FALSE(is_session_stream(stream_id{}));
  EXPECT_FALSE(is_session_stream(control_stream));
  EXPECT_FALSE(is_session_stream(access_stream));
  EXPECT_TRUE(is_session_stream(stream_id{make_ulid(1, 0, 0)}));
  stream_id claims{make_ulid(0xffff'ffff'ffff, 1, 1)};
  EXPECT_TRUE(is_claim_stream(claims));
  EXPECT_FALSE(is_session_stream(claims));
  EXPECT_NE(control_stream, access_stream);
}

TEST(IdsTest, AStreamNamesItsSession) {
  session_id id{make_ulid(5, 6, 7)};
  EXPECT_EQ(session_of(stream_of(id)), id);
}

TEST(IdsTest, HashesOfManyIdsDiffer) {
  std::unordered_set<std::size_t> hashes;
  hashes.insert(std::hash<stream_id>{}(control_stream));
  hashes.insert(std::hash<stream_id>{}(access_stream));
  random_source source{base_seed()};
  for (int i = 0; i < 10'000; ++i)
    hashes.insert(std::hash<session_id>{}(
        session_id{make_ulid(1469918176385, source.bits(), source.bits())}));
  EXPECT_EQ(hashes.size(), 10'002u);
}

TEST(IdsTest, OrdinalsStartBeforeTheFirstAndCountUp) {
  stream_version version;
  EXPECT_EQ(version.value, 0u);
  EXPECT_EQ(version.next().value, 1u);
  EXPECT_LT(version, version.next());
  EXPECT_EQ(version + 3, (stream_version{3}));
}

} // namespace

} // namespace hansard::test
