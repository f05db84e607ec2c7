#include "voices/conditionals_io.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace troupe::voices {
namespace {

using testing::HasSubstr;

Conditionals sample() {
  Conditionals conditionals;
  conditionals.backend = "kokoro";
  conditionals.model_hash = std::string(64, 'a');
  conditionals.reference_hash = std::string(64, 'b');
  conditionals.created_unix_s = 1'700'000'000;
  conditionals.text = {{"preset", "ff_siwis"}, {"note", "Zoë \"quoted\""}};
  conditionals.arrays["style"] = Tensor({2, 3}, std::vector<float>{1, -2, 3.5F, 4, 5, 1e-30F});
  conditionals.arrays["steps"] = Tensor({2}, std::vector<std::int64_t>{-1, 1LL << 40});
  return conditionals;
}

/// A file with this header and this much data.
std::vector<std::uint8_t> file_of(const std::string& header, std::size_t data) {
  std::vector<std::uint8_t> bytes(8 + header.size() + data);
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

std::string message_of(const std::vector<std::uint8_t>& bytes) {
  const auto parsed = parse_conditionals(bytes, "voice.safetensors");
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Errc::bad_input);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  return parsed.error().message;
}

TEST(ConditionalsIo, SurvivesTheWayThroughBytes) {
  const Conditionals before = sample();
  const auto after = parse_conditionals(serialise(before), "test");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->format_version, before.format_version);
  EXPECT_EQ(after->backend, before.backend);
  EXPECT_EQ(after->model_hash, before.model_hash);
  EXPECT_EQ(after->reference_hash, before.reference_hash);
  EXPECT_EQ(after->created_unix_s, before.created_unix_s);
  EXPECT_EQ(after->text, before.text);
  ASSERT_EQ(after->arrays.size(), 2U);
  EXPECT_EQ(after->arrays.at("style").shape, before.arrays.at("style").shape);
  EXPECT_EQ(*after->arrays.at("style").floats(), *before.arrays.at("style").floats());
  EXPECT_EQ(*after->arrays.at("steps").ints(), *before.arrays.at("steps").ints());
}

TEST(ConditionalsIo, NamesFromOutsideStayOnOneLineAndShort) {
  Conditionals conditionals = sample();
  conditionals.arrays["a\nb\x1b[2J" + std::string(5000, 'x')] =
      Tensor({1}, std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  const std::string message = message_of(serialise(conditionals));
  EXPECT_THAT(message, HasSubstr("tensor 'a?b?[2Jxxx"));
  EXPECT_THAT(message, HasSubstr("xxx...' holds a value that is not finite"));
  EXPECT_LT(message.size(), 200U);
}

TEST(ConditionalsIo, SameVoiceGivesSameBytes) {
  EXPECT_EQ(serialise(sample()), serialise(sample()));
}

TEST(ConditionalsIo, RefusesEveryTruncation) {
  const auto bytes = serialise(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_conditionals(std::span(bytes).first(size), "test")) << size;
}

TEST(ConditionalsIo, RefusesAnotherFormatVersionAndNamesTheRemedy) {
  Conditionals newer = sample();
  newer.format_version = 2;
  EXPECT_THAT(message_of(serialise(newer)),
              testing::AllOf(HasSubstr("voice.safetensors"), HasSubstr("version '2'"),
                             HasSubstr("make the voice again")));
}

TEST(ConditionalsIo, RefusesSafetensorsOfSomebodyElse) {
  EXPECT_THAT(message_of(file_of("{}", 0)), HasSubstr("not a Troupe voice"));
  EXPECT_THAT(message_of(file_of("hello", 0)), HasSubstr("JSON"));
}

TEST(ConditionalsIo, RefusesValuesThatAreNotFinite) {
  for (float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Conditionals broken = sample();
    broken.arrays["style"] = Tensor({1}, std::vector<float>{bad});
    EXPECT_THAT(message_of(serialise(broken)), HasSubstr("not finite"));
  }
}

TEST(ConditionalsIo, RefusesDamagedTensors) {
  EXPECT_NE(message_of(file_of(R"({"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8)),
            "accepted");
  EXPECT_NE(message_of(file_of(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4)),
            "accepted");
  EXPECT_NE(message_of(file_of(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 4)),
            "accepted");
  EXPECT_NE(message_of(file_of(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                                   "y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
                               6)),
            "accepted");
}

TEST(ConditionalsIo, RefusesAHeaderAboveOneMebibyte) {
  EXPECT_THAT(message_of(file_of(std::string((1 << 20) + 1, ' '), 0)), HasSubstr("1 MiB"));
}

}  // namespace
}  // namespace troupe::voices
