#include "speech/kokoro/kokoro_conditionals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace troupe::speech {
namespace {

using testing::HasSubstr;

std::shared_ptr<Conditionals> clone() {
  return clone_conditionals("model", std::vector<float>(kStyleSize, 0.5f), {1.2f, 0.8f}, 1.1f);
}

TEST(KokoroConditionals, SayWhatAVoiceIs) {
  const auto conditionals = clone();
  const auto voice = view_kokoro_voice(*conditionals, "model");
  ASSERT_TRUE(voice) << voice.error().message;
  EXPECT_EQ(voice->style.size(), kStyleSize);
  EXPECT_FLOAT_EQ(voice->pitch.ratio, 1.2f);
  EXPECT_FLOAT_EQ(voice->pitch.range, 0.8f);
  EXPECT_FLOAT_EQ(voice->pace, 1.1f);
  EXPECT_TRUE(voice->eq.empty());
}

TEST(KokoroConditionals, OnlyTheStyleIsNeeded) {
  auto conditionals = clone();
  std::erase_if(conditionals->arrays, [](const auto& entry) { return entry.first != "style"; });
  const auto voice = view_kokoro_voice(*conditionals, "model");
  ASSERT_TRUE(voice);
  EXPECT_EQ(voice->pitch.ratio, 1);
  EXPECT_EQ(voice->pitch.range, 1);
  EXPECT_EQ(voice->pace, 1);
}

TEST(KokoroConditionals, OfAnotherBackendOrModelAreForeign) {
  EXPECT_THAT(view_kokoro_voice(*clone(), "other").error().message, HasSubstr("another kokoro"));
  auto foreign = clone();
  foreign->backend = "chatterbox";
  EXPECT_THAT(view_kokoro_voice(*foreign, "model").error().message, HasSubstr("'chatterbox'"));
}

struct Broken {
  const char* array;
  Tensor tensor;
  const char* says;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.array << ": " << broken.says;
}

class BrokenConditionals : public testing::TestWithParam<Broken> {};

TEST_P(BrokenConditionals, AreRefusedByName) {
  auto conditionals = clone();
  conditionals->arrays[GetParam().array] = GetParam().tensor;
  const auto voice = view_kokoro_voice(*conditionals, "model");
  ASSERT_FALSE(voice);
  EXPECT_EQ(voice.error().code, Errc::bad_input);
  EXPECT_THAT(voice.error().message, HasSubstr(GetParam().says));
  EXPECT_THAT(voice.error().message, HasSubstr("make the voice again"));
}

Tensor one(float value) { return {{1}, std::vector<float>{value}}; }

INSTANTIATE_TEST_SUITE_P(
    Arrays, BrokenConditionals,
    testing::Values(Broken{"style", {{1, 255}, std::vector<float>(255)}, "style f32 [rows, 256]"},
                    Broken{"style", {{0, 256}, std::vector<float>()}, "style f32 [rows, 256]"},
                    Broken{"style", {{256}, std::vector<std::int64_t>(256)}, "style is not f32"},
                    Broken{"f0_ratio", one(9), "f0_ratio"}, Broken{"f0_range", one(-1), "f0_range"},
                    Broken{"pace", one(std::numeric_limits<float>::quiet_NaN()), "pace"},
                    Broken{"pace", {{2}, std::vector<float>{1, 1}}, "pace"},
                    Broken{"f0_ratio", {{0}, std::vector<float>()}, "f0_ratio"},
                    Broken{"eq", {{5001}, std::vector<float>(5001)}, "5001 taps"},
                    Broken{"eq", {{4}, std::vector<float>(4)}, "not an odd number"}));

}  // namespace
}  // namespace troupe::speech
