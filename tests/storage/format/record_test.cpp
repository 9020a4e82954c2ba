#include "storage/format/items.hpp"
#include "storage/format/record.hpp"
#include "storage/format/sealed_columns.hpp"
#include "tests/storage/log_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace hansard::test {

namespace {

using detail::decode_record;
using detail::decode_sealed;
using detail::encode_sealed;
using detail::read_record;
using detail::record_kind;
using detail::record_view;
using detail::write_record;

std::string hex(std::string_view bytes) {
  std::string out;
  char digits[3];
  for (unsigned char byte : bytes) {
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    out += digits;
  }
  return out;
}

std::string unhex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out.push_back(static_cast<char>(
        std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return out;
}

constexpr log_position place{1000};

event_batch mixed_batch() {
  token_run run = tokens({"Hel", "lo", " wörld"}, 20);
  run.add(moment(19), token_channel::reasoning, "hm");
  auto batch = batch_of(
      stream_number(7), stamped_event{moment(0), titled("Größe")}, run,
      stamped_event{moment(5), unknown_event{9'999, 3, "??"}},
      tokens({"."}, 40));
  batch.first_version = {41};
  batch.positions = {{place, batch.size()}};
  return batch;
}

std::string stored(const event_batch& batch) {
  auto body = encode_items(batch);
  return write_record(
      {record_kind::batch, batch.stream, batch.first_version, batch.size(),
       body},
      batch.first_position());
}

event_batch sealed_batch(std::size_t frames) {
  chooser choose{5};
  std::int64_t now = 0;
  event_batch batch;
  batch.stream = stream_number(7);
  batch.first_version = {3};
  token_run run;
  auto next = place;
  for (std::size_t i = 0; i < frames; ++i) {
    auto frame = random_tokens(choose, choose.between(1, 6), now);
    batch.positions.push_back({next, frame.marks.size()});
    next = next + frame.marks.size() + choose.between(1, 5);
    run.append(frame);
  }
  batch.items.emplace_back(std::move(run));
  return batch;
}

std::string stored_sealed(const event_batch& batch) {
  auto body =
      encode_sealed(batch.positions, std::get<token_run>(batch.items[0]));
  return write_record(
      {record_kind::sealed, batch.stream, batch.first_version, batch.size(),
       body},
      batch.first_position());
}

result<event_batch> load(std::string_view bytes, log_position position) {
  auto record = read_record(bytes, position);
  if (!record)
    return record.error();
  return decode_record(*record, position);
}

bool same(const event_batch& a, const event_batch& b) {
  return a.stream == b.stream && a.first_version == b.first_version
         && a.positions == b.positions && a.items == b.items;
}

TEST(RecordTest, ABatchComesBackAsItWas) {
  auto batch = mixed_batch();
  auto loaded = load(stored(batch), place);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(same(*loaded, batch));
}

TEST(RecordTest, ASealedRunComesBackAsItWas) {
  for (std::size_t frames : {1, 2, 3, 50, 2000}) {
    auto batch = sealed_batch(frames);
    auto loaded = load(stored_sealed(batch), place);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_TRUE(same(*loaded, batch)) << frames;
  }
}

// What is on disk today is read for ever: these bytes may not change without
// a new format version.
TEST(RecordTest, TheBytesOfABatchAreTheDocumentedOnes) {
  auto batch =
      batch_of(stream_number(2), stamped_event{from_unix_us(1), titled("T")});
  token_run run;
  run.add(from_unix_us(2), token_channel::answer, "ab");
  run.add(from_unix_us(1), token_channel::reasoning, "c");
  batch.add(run);
  batch.first_version = {200};
  batch.positions = {{place, 3}};
  EXPECT_EQ(
      hex(encode_items(batch)),
      "0f01021601540d6469643a746573743a75736572057265715f31"
      "00020201020100010101616263");
  EXPECT_EQ(
      hex(stored(batch)), "01"                               // a batch
                          "11111111111111111111111111111102" // stream
                          "c80103" // version 200, 3 events
                          "0f01021601540d6469643a746573743a75736572057265715f31"
                          "00020201020100010101616263"
                          "62b3dc2a");
}

TEST(RecordTest, TheBytesOfASealedRunAreTheDocumentedOnes) {
  event_batch batch;
  batch.stream = stream_number(2);
  batch.first_version = {200};
  batch.positions = {{place, 1}, {place + 3, 2}};
  token_run run;
  run.add(from_unix_us(2), token_channel::answer, "ab");
  run.add(from_unix_us(3), token_channel::answer, "c");
  run.add(from_unix_us(4), token_channel::answer, "d");
  batch.items.emplace_back(run);
  EXPECT_EQ(
      hex(stored_sealed(batch)), "02"                               // sealed
                                 "11111111111111111111111111111102" // stream
                                 "c80103" // version 200, 3 events
                                 "0d0d"
                                 "0200010202"
                                 "020101"
                                 "040202"
                                 "0003"
                                 "0404"
                                 "61626364"
                                 "55c50945");
}

// The compressor's output may change with its version; what it once wrote must
// stay readable.
TEST(RecordTest, ACompressedSealedRunOfOldIsReadable) {
  token_run run;
  for (int i = 0; i < 64; ++i)
    run.add(moment(i * 1000), token_channel::answer, "word ");
  auto body =
      unhex("cb012228b52ffd20cbcd0000800100400580809abbd1b9a906d00f004002"
            "003997224a8008c0021628b52ffd60400065000028776f72642001003850"
            "8b16");
  auto loaded = decode_sealed(body, place, 64);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->run, run);
}

TEST(RecordTest, AFlippedBitIsRefused) {
  for (const auto& bytes :
       {stored(mixed_batch()), stored_sealed(sealed_batch(9))}) {
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      auto flipped = bytes;
      flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
      auto loaded = load(flipped, place);
      ASSERT_FALSE(loaded.has_value()) << "bit " << i;
      ASSERT_EQ(loaded.error().code, ec::corrupt);
    }
  }
}

TEST(RecordTest, ARecordUnderAnotherPositionIsRefused) {
  auto bytes = stored(mixed_batch());
  EXPECT_TRUE(load(bytes, place).has_value());
  EXPECT_FALSE(load(bytes, place.next()).has_value());
}

TEST(RecordTest, ACutRecordIsRefused) {
  for (const auto& bytes :
       {stored(mixed_batch()), stored_sealed(sealed_batch(9))}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      auto loaded = load(std::string_view{bytes}.substr(0, size), place);
      ASSERT_FALSE(loaded.has_value()) << size;
    }
  }
}

// Behind the checksum, as a fault of the writer's memory would be: each body
// is either refused or gives what a batch may be, and nothing crashes.
TEST(RecordTest, BodiesThatWereNeverWrittenDoNoHarm) {
  auto seed = seed_or(3);
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
  chooser choose{seed};
  auto batch = mixed_batch();
  auto items = encode_items(batch);
  auto sealed = sealed_batch(9);
  auto columns =
      encode_sealed(sealed.positions, std::get<token_run>(sealed.items[0]));
  auto check = [&](const std::string& body) {
    auto list = detail::decode_items(body, batch.size());
    if (list) {
      event_batch read;
      read.items = *list;
      EXPECT_EQ(read.size(), batch.size());
    }
    auto unsealed = decode_sealed(body, place, sealed.size());
    if (unsealed) {
      EXPECT_EQ(unsealed->run.marks.size(), sealed.size());
    }
  };
  for (const auto& whole : {items, columns}) {
    for (std::size_t size = 0; size <= whole.size(); ++size)
      check(whole.substr(0, size));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        auto changed = whole;
        changed[i] = static_cast<char>(value);
        check(changed);
      }
    }
    for (int i = 0; i < 20'000; ++i) {
      auto changed = whole;
      for (auto n = choose.between(1, 6); n > 0; --n)
        changed[choose.below(changed.size())] =
            static_cast<char>(choose.below(256));
      check(changed);
    }
  }
  for (int i = 0; i < 20'000; ++i)
    check(choose.bytes(choose.below(80)));
}

TEST(Promise7EverythingIsBoundedInARecord, ALengthBeyondTheEndIsNotBelieved) {
  // A run of 2^62 tokens; a section of 2^40 bytes; a zstd frame that says it
  // holds a gigabyte.
  std::string huge_run("\x00\x80\x80\x80\x80\x80\x80\x80\x80\x40", 10);
  EXPECT_FALSE(detail::decode_items(huge_run, 1ull << 62).has_value());
  std::string huge_section("\x80\x80\x80\x80\x80\x20\x01\x00", 8);
  EXPECT_FALSE(decode_sealed(huge_section, place, 1).has_value());
  std::string frame(
      "\x80\x80\x80\x80\x04\x0d\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40\x01\x00"
      "\x00\x00\x00",
      20);
  EXPECT_FALSE(decode_sealed(frame, place, 1).has_value());
}

TEST(RecordTest, PositionsAndVersionsDoNotWrapAround) {
  auto batch = batch_of(stream_number(1), tokens({"a", "b"}));
  auto body = encode_items(batch);
  auto last = log_position{UINT64_MAX};
  record_view view{record_kind::batch, batch.stream, {1}, 2, body};
  EXPECT_FALSE(read_record(write_record(view, last), last).has_value());
  view.first_version = {UINT64_MAX};
  EXPECT_FALSE(read_record(write_record(view, place), place).has_value());
  view.first_version = {0};
  EXPECT_FALSE(read_record(write_record(view, place), place).has_value());
}

TEST(RecordTest, ATokenTakesFewBytesBeyondItsText) {
  chooser choose{1};
  std::int64_t now = 0;
  auto run = random_tokens(choose, 500, now);
  auto text = run.text.size();
  auto batch = batch_of(stream_number(1), run);
  batch.first_version = {1};
  batch.positions = {{place, 500}};
  EXPECT_LE(encode_items(batch).size(), text + 500 * 5);
  EXPECT_LE(stored_sealed(batch).size(), text + 500 * 4);
}

} // namespace

} // namespace hansard::test
