#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "speech/chatterbox/conditionals.hpp"

namespace troupe::speech::chatterbox {
namespace {

using testing::HasSubstr;

ChatterboxConditionals a_voice() {
  return {std::vector<float>(256, 0.0625F),
          {1, 2, 6560},
          {7, 8},
          std::vector<float>(4 * 80, -3.0F),
          std::vector<float>(192, 0.5F)};
}

TEST(ChatterboxConditionals, ComeBackAsTheyWere) {
  const auto kept = to_conditionals(a_voice(), "model");
  EXPECT_EQ(kept->backend, "chatterbox");
  const auto back = from_conditionals(*kept, "model");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->speaker_embedding, a_voice().speaker_embedding);
  EXPECT_EQ(back->t3_prompt_tokens, a_voice().t3_prompt_tokens);
  EXPECT_EQ(back->prompt_tokens, a_voice().prompt_tokens);
  EXPECT_EQ(back->prompt_mel, a_voice().prompt_mel);
  EXPECT_EQ(back->x_vector, a_voice().x_vector);
}

TEST(ChatterboxConditionals, ForeignOrBrokenOnesAreRefusedByName) {
  struct Case {
    std::function<void(Conditionals&)> spoil;
    const char* says;
  };
  const std::vector<Case> cases{
      {[](Conditionals& c) { c.backend = "kokoro"; }, "made for 'kokoro'"},
      {[](Conditionals& c) { c.model_hash = "other"; }, "another model"},
      {[](Conditionals& c) { c.arrays.erase("x_vector"); }, "no 'x_vector'"},
      {[](Conditionals& c) { c.arrays["x_vector"] = Tensor({191}, std::vector<float>(191)); },
       "'x_vector' has another shape"},
      {[](Conditionals& c) {
         c.arrays["prompt_mel"] = Tensor({2, 80}, std::vector<float>(160));
       },
       "'prompt_mel' has another shape"},
      {[](Conditionals& c) {
         c.arrays["t3_prompt_tokens"] = Tensor({1}, std::vector<std::int64_t>{6561});
       },
       "unknown code"},
      {[](Conditionals& c) {
         c.arrays["t3_prompt_tokens"] = Tensor({1}, std::vector<std::int64_t>{-1});
       },
       "unknown code"},
      {[](Conditionals& c) {
         c.arrays["prompt_tokens"] = Tensor({251}, std::vector<std::int64_t>(251));
       },
       "not 1 to 250 codes"},
      {[](Conditionals& c) {
         c.arrays["prompt_tokens"] = Tensor({0}, std::vector<std::int64_t>{});
       },
       "not 1 to 250 codes"},
      {[](Conditionals& c) { c.arrays["prompt_tokens"] = Tensor({2}, std::vector<float>(2)); },
       "not 1 to 250 codes"}};
  for (const Case& one : cases) {
    Conditionals spoilt = *to_conditionals(a_voice(), "model");
    one.spoil(spoilt);
    const auto read = from_conditionals(spoilt, "model");
    ASSERT_FALSE(read) << one.says;
    EXPECT_EQ(read.error().code, Errc::bad_input);
    EXPECT_THAT(read.error().message, HasSubstr(one.says));
    EXPECT_THAT(read.error().message, HasSubstr("make the voice again"));
  }
}

}  // namespace
}  // namespace troupe::speech::chatterbox
