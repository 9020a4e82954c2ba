#include "tools/benchmark/mock_model.hpp"
#include "tools/benchmark/mock_reply.hpp"
#include "tools/benchmark/reply_reader.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard::benchmark {

namespace {

std::string whole_reply(std::uint32_t tokens) {
  const reply_writer writer;
  std::string out;
  writer.begin(out);
  for (std::uint32_t i = 0; i < tokens; ++i)
    writer.stamp(out, {i, 1000 + i});
  writer.end(out, tokens);
  return out;
}

/// The data lines of a response, its framing taken off.
std::vector<std::string> data_lines(std::string_view response) {
  const auto head = read_head(response);
  std::string body;
  chunked_decoder decoder;
  decoder.feed(
      response.substr(head->size), [&](std::string_view b) { body += b; });
  std::vector<std::string> out;
  std::string_view rest = body;
  while (rest.starts_with("data: ")) {
    const auto end = rest.find("\n\n");
    out.emplace_back(rest.substr(6, end - 6));
    rest.remove_prefix(end + 2);
  }
  return out;
}

} // namespace

TEST(MockModelTest, ANameSaysWhatTheModelDoes) {
  const mock_model model{
      .tokens = 100,
      .interval_us = 20'000,
      .per_write = 10,
      .first_us = 5,
      .text = mock_text::words};
  EXPECT_EQ(model.name(), "mock-n100-i20000-w10-f5-words");
  EXPECT_EQ(mock_model::parse(model.name()), model);
  EXPECT_EQ(mock_model::parse("mock"), mock_model{});
}

TEST(MockModelTest, OtherNamesAndAbsurdNumbersAreRefused) {
  for (const auto* name :
       {"gpt", "mock-", "mock-n", "mock-n0", "mock-n100000", "mock-w101",
        "mock-x5", "mock-n5x", "mock-words-n5"})
    EXPECT_FALSE(mock_model::parse(name)) << name;
}

TEST(MockModelTest, RepliesDiffer) {
  std::string a, b;
  for (std::uint32_t i = 0; i < 50; ++i) {
    a += word_of(1, i);
    b += word_of(2, i);
  }
  EXPECT_NE(a, b);
}

TEST(MockReplyTest, EveryLineIsJsonUntilDone) {
  const auto lines = data_lines(whole_reply(3));
  // Role, three tokens, finish, usage, [DONE].
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines.back(), "[DONE]");
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    EXPECT_NO_THROW(boost::json::parse(lines[i])) << lines[i];
  const auto token = boost::json::parse(lines[2]);
  const auto& text = token.at("choices").at(0).at("delta").at("content");
  token_stamp stamp;
  ASSERT_EQ(text.as_string().size(), stamp_size);
  EXPECT_TRUE(read_stamp(text.as_string().data(), stamp));
  EXPECT_EQ(stamp, (token_stamp{1, 1001}));
  const auto usage = boost::json::parse(lines[5]).at("usage");
  EXPECT_EQ(usage.at("completion_tokens").to_number<int>(), 3);
}

TEST(MockReplyTest, AnEventHasTheSizeOfARealOne) {
  const auto lines = data_lines(whole_reply(1));
  EXPECT_GE(lines[1].size(), 200u);
  EXPECT_LE(lines[1].size(), 260u);
}

TEST(MockReplyTest, ItsReaderFindsAllOfIt) {
  const auto reply = whole_reply(20);
  for (std::size_t n : {1u, 7u, 100u, 1000u, 100'000u}) {
    reply_reader reader;
    auto state = reply_reader::state::more;
    std::uint32_t next = 0;
    for (std::size_t at = 0; at < reply.size(); at += n)
      state = reader.feed(
          std::string_view(reply).substr(at, n), [&](token_stamp stamp) {
            EXPECT_EQ(stamp, (token_stamp{next, 1000 + next}));
            ++next;
          });
    EXPECT_EQ(next, 20u);
    EXPECT_EQ(state, reply_reader::state::done);
    EXPECT_EQ(reader.status(), 200);
    EXPECT_TRUE(reader.saw_done());
  }
}

} // namespace hansard::benchmark
