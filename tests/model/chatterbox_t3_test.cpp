/// T3 on the real runtime, with the tiny random model of tests/data/chatterbox (no download).
///
/// Expected numbers: the PyTorch reference's own loop with its own KV cache, 50 greedy steps
/// (tools/chatterbox/t3.py, expected()).
#include <gtest/gtest.h>

#include <cmath>

#include "model/chatterbox_fixture.hpp"
#include "speech/chatterbox/t3.hpp"

namespace troupe::speech::chatterbox {
namespace {

class ChatterboxT3Test : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    numbers_ = chatterbox_test::expected("t3.safetensors").tensors;
    ASSERT_FALSE(numbers_.empty());
  }
  void SetUp() override { t3_ = load(nn::Precision::f32, {}); }

  static std::unique_ptr<T3> load(nn::Precision precision, T3Limits limits) {
    auto t3 = T3::load(*nn::make_openvino_engine({}), chatterbox_test::tiny_manifest(), precision,
                       limits);
    EXPECT_TRUE(t3) << t3.error().message;
    return t3 ? std::move(*t3) : nullptr;
  }

  static const std::vector<float>& floats(const std::string& name) {
    return *numbers_.at(name).floats();
  }
  static std::vector<std::int32_t> ids(const std::string& name) {
    const auto& values = *numbers_.at(name).ints();
    return {values.begin(), values.end()};
  }
  static ChatterboxConditionals voice() { return {floats("speaker"), ids("prompt"), {}, {}, {}}; }

  /// Six turns of three voices, lengths, guidance and seeds.
  static std::vector<TokenRequest> turns(std::span<const ChatterboxConditionals> voices) {
    std::vector<TokenRequest> requests;
    const auto text = ids("text");
    for (int i = 0; i < 6; ++i) {
      TokenRequest r;
      r.text_ids.assign(text.begin() + i, text.end() - 2 * (i % 3));
      r.voice = &voices[static_cast<std::size_t>(i) % voices.size()];
      r.exaggeration = 0.3F + 0.2F * static_cast<float>(i % 3);
      r.cfg_weight = i % 2 == 0 ? 0.5F : 0.0F;
      r.seed = 100 + static_cast<std::uint64_t>(i);
      r.fixed_tokens = 20 + 7 * i;
      requests.push_back(r);
    }
    return requests;
  }
  static std::vector<ChatterboxConditionals> voices() {
    std::vector<ChatterboxConditionals> made(3, voice());
    made[1].t3_prompt_tokens.resize(25);
    made[2].speaker_embedding[3] += 0.5F;
    return made;
  }
  static std::vector<std::vector<std::int32_t>> decode(const T3& t3,
                                                       std::span<const TokenRequest> requests) {
    std::vector<std::vector<std::int32_t>> all(requests.size());
    t3.decode(requests, {}, [&](std::size_t i, Result<std::vector<std::int32_t>> tokens) {
      EXPECT_TRUE(tokens) << tokens.error().message;
      if (tokens) all[i] = *tokens;
    });
    return all;
  }

  std::unique_ptr<T3> t3_;
  static inline std::map<std::string, Tensor> numbers_;
};

TEST_F(ChatterboxT3Test, GreedyTokensAreTheReferences) {
  const ChatterboxConditionals person = voice();
  std::vector<TokenRequest> requests(2);
  requests[0].text_ids = requests[1].text_ids = ids("text");
  requests[0].voice = requests[1].voice = &person;
  requests[0].cfg_weight = 0;
  requests[1].exaggeration = 0.8F;
  for (auto& r : requests) {
    r.temperature = 0;
    r.repetition_penalty = 1;
    r.fixed_tokens = static_cast<int>(ids("plain.tokens").size());
  }
  const auto made = decode(*t3_, requests);
  for (const auto& [i, name] : {std::pair{0, "plain.tokens"}, {1, "guided.tokens"}}) {
    auto expected = ids(name);
    std::erase_if(expected, [](std::int32_t id) { return id >= 6561; });
    EXPECT_EQ(made[static_cast<std::size_t>(i)], expected) << name;
  }
}

/// The reference's tokens are fed, so that an error at one step does not end the comparison.
TEST_F(ChatterboxT3Test, LogitsOverFiftyStepsAreTheReferences) {
  const auto engine = nn::make_openvino_engine({});
  const auto tables = read_t3_tables(chatterbox_test::kData / "tiny/t3" / "embeddings.safetensors");
  const auto model = engine->load_paged(chatterbox_test::kData / "tiny/t3" / "language_model.xml",
                                        nn::Precision::f32);
  ASSERT_TRUE(tables && model);
  auto session = (*model)->session(8);
  ASSERT_TRUE(session);
  std::vector<std::int32_t> blocks{5, 2, 7, 1, 0};  // any order will do
  std::vector<float> embeddings = floats("plain.conditioning");
  int position = 0;
  tables->append_text(embeddings, 255, position++, false);
  for (const auto id : ids("text")) tables->append_text(embeddings, id, position++, false);
  tables->append_text(embeddings, 0, position, false);
  for (int twice = 0; twice < 2; ++twice) tables->append_speech(embeddings, 6561, 0);

  const auto tokens = ids("plain.tokens"), shown = ids("shown");
  const auto& expected = floats("plain.logits");
  float largest = 0;
  for (const float x : expected) largest = std::max(largest, std::abs(x));
  int past = 0;
  for (std::size_t step = 0; step < tokens.size(); ++step) {
    const int count = static_cast<int>(embeddings.size()) / tables->hidden;
    const nn::PagedSequence sequence{blocks, past, count};
    const auto logits = (*session)->run(embeddings, std::span(&sequence, 1));
    ASSERT_TRUE(logits) << logits.error().message;
    for (std::size_t i = 0; i < shown.size(); ++i)
      // f32 sums in another order: 2e-7 of the largest logit measured, the rest is other CPUs.
      ASSERT_NEAR((*logits)[static_cast<std::size_t>(shown[i])], expected[step * shown.size() + i],
                  2e-5 * largest)
          << "step " << step;
    past += count;
    embeddings.clear();
    tables->append_speech(embeddings, tokens[step], static_cast<int>(step) + 1);
  }
}

TEST_F(ChatterboxT3Test, TokensDoNotDependOnBatchMates) {
  for (const auto precision : {nn::Precision::f32, nn::Precision::fastest}) {
    const auto people = voices();
    const auto requests = turns(people);
    const auto together = decode(*load(precision, {}), requests);
    // Three lanes at a time and blocks for hardly more: rows join while others are underway.
    const auto joined =
        decode(*load(precision, {.kv_bytes = std::int64_t{200} << 10U, .sequences = 3}), requests);
    const auto t3 = load(precision, {});
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto alone = decode(*t3, std::span(requests).subspan(i, 1));
      EXPECT_EQ(alone[0], together[i]) << i;
      EXPECT_EQ(alone[0], joined[i]) << i;
    }
    EXPECT_NE(together[0], together[2]);
  }
}

TEST_F(ChatterboxT3Test, GuidanceVoiceAndExaggerationCount) {
  const auto people = voices();
  std::vector<TokenRequest> requests(4, turns(people)[0]);
  requests[1].cfg_weight = 0;
  requests[2].voice = &people[2];
  requests[3].exaggeration = 2;
  const auto made = decode(*t3_, requests);
  for (std::size_t i = 1; i < made.size(); ++i) EXPECT_NE(made[0], made[i]) << i;
}

TEST_F(ChatterboxT3Test, RefusesWhatIsNotALanguageModel) {
  const auto engine = nn::make_openvino_engine({});
  const auto refused = engine->load_paged(chatterbox_test::kData / "tiny/t3" / "conditioning.xml",
                                          nn::Precision::f32);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::missing_model);
  Manifest swapped = chatterbox_test::tiny_manifest();
  swapped.graphs["t3.embeddings"] = chatterbox_test::kData / "expected/t3.safetensors";
  const auto t3 = T3::load(*engine, swapped, nn::Precision::f32);
  ASSERT_FALSE(t3);
  EXPECT_EQ(t3.error().code, Errc::missing_model);
}

}  // namespace
}  // namespace troupe::speech::chatterbox
