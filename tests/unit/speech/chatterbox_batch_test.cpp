/// Which rows are in the batch, and what they read: T3 with a model that only remembers.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "speech/chatterbox/t3.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr int kHidden = 2, kBlock = 4, kCodes = 10, kStart = 10, kStop = 11, kVocabulary = 12;
constexpr int kConditioning = 6;  // of which one block of 4 belongs to the voice alone

struct Log {
  int largest = 0;  ///< sequences of a step
  int steps = 0, positions = 0, blocks = 0;
  std::set<int> sizes;  ///< numbers of sequences of all steps
};

/// Decides by everything that its sequence has read, found again through the block table.
class Memory final : public nn::PagedSession {
 public:
  Memory(int blocks, Log& log) : blocks_(blocks), log_(log) { log_.blocks = blocks; }

  Result<std::vector<float>> run(std::span<const float> embeddings,
                                 std::span<const nn::PagedSequence> sequences) override {
    ++log_.steps;
    log_.largest = std::max(log_.largest, static_cast<int>(sequences.size()));
    log_.sizes.insert(static_cast<int>(sequences.size()));
    std::set<std::pair<std::int32_t, int>> written;
    std::size_t at = 0;
    for (const auto& s : sequences)
      for (int p = s.past; p < s.past + s.count; ++p, at += kHidden) {
        const auto place = place_of(s, p);
        EXPECT_TRUE(written.insert(place).second) << "two sequences write to one place";
        kept_[place] = {embeddings[at], embeddings[at + 1]};
        ++log_.positions;
      }
    EXPECT_EQ(at, embeddings.size());
    std::vector<float> logits;
    for (const auto& s : sequences) {
      std::uint64_t hash = 1;
      for (int p = 0; p < s.past + s.count; ++p) {
        const auto found = kept_.find(place_of(s, p));
        if (found == kept_.end()) {
          ADD_FAILURE() << "position " << p << " was never written";
          continue;
        }
        hash = (hash * 31 + static_cast<std::uint64_t>(found->second.first * 7)) * 31 +
               static_cast<std::uint64_t>(found->second.second * 5);
      }
      for (int i = 0; i < kVocabulary; ++i) {
        hash = hash * 6364136223846793005U + 1442695040888963407U;
        logits.push_back(i == kStop ? -1 : static_cast<float>(hash >> 60U));
      }
    }
    return logits;
  }

 private:
  std::pair<std::int32_t, int> place_of(const nn::PagedSequence& s, int position) const {
    const auto block = s.blocks[static_cast<std::size_t>(position / kBlock)];
    EXPECT_TRUE(block >= 0 && block < blocks_);
    return {block, position % kBlock};
  }
  int blocks_;
  Log& log_;
  std::map<std::pair<std::int32_t, int>, std::pair<float, float>> kept_;
};

class Model final : public nn::PagedModel {
 public:
  explicit Model(Log& log) : log_(log) {}
  int width() const override { return kHidden; }
  int vocabulary() const override { return kVocabulary; }
  int block_positions() const override { return kBlock; }
  std::int64_t block_bytes() const override { return 1; }
  Result<std::unique_ptr<nn::PagedSession>> session(int blocks) const override {
    return std::make_unique<Memory>(blocks, log_);
  }

 private:
  Log& log_;
};

/// The voice's number at every position, the exaggeration at the last.
class Conditioning final : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors& inputs) const override {
    std::vector<float> values(kConditioning * kHidden, inputs.at("speaker").floats()->front());
    values.back() = inputs.at("exaggeration").floats()->front();
    nn::Tensors outputs;
    outputs["conditioning"] = {{1, kConditioning, kHidden}, values};
    return outputs;
  }
};

std::vector<float> table(int rows, float first) {
  std::vector<float> values;
  for (int i = 0; i < rows; ++i) values.insert(values.end(), {first + static_cast<float>(i), 0});
  return values;
}

class ChatterboxBatchTest : public testing::Test {
 protected:
  T3 make(T3Limits limits) {
    T3Parts parts;
    parts.tables = {kHidden, table(8, 0), {}, table(kVocabulary, 20), {}};
    for (int i = 0; i < 300; ++i)
      for (auto* positions : {&parts.tables.text_positions, &parts.tables.speech_positions})
        positions->insert(positions->end(), {0, static_cast<float>(i)});
    parts.conditioning = std::make_shared<Conditioning>();
    parts.language_model = std::make_shared<Model>(log_);
    parts.start_text = 7;
    parts.start_speech = kStart;
    parts.stop_speech = kStop;
    return {std::move(parts), limits};
  }

  std::vector<TokenRequest> requests(int count) const {
    std::vector<TokenRequest> made;
    for (int i = 0; i < count; ++i) {
      TokenRequest r;
      r.text_ids.assign(static_cast<std::size_t>(2 + i % 4), 1 + i % 5);
      r.voice = &voices_[static_cast<std::size_t>(i) % voices_.size()];
      r.cfg_weight = i % 3 == 0 ? 0.5F : 0.0F;
      r.exaggeration = static_cast<float>(i % 2);
      r.seed = static_cast<std::uint64_t>(i);
      r.fixed_tokens = 5 + 3 * (i % 7);
      made.push_back(r);
    }
    return made;
  }

  using Tokens = std::vector<Result<std::vector<std::int32_t>>>;
  Tokens decode(const T3& t3, std::span<const TokenRequest> batch, std::stop_token stop = {}) {
    Tokens all(batch.size(), fail(Errc::internal, "not reported"));
    std::vector<int> reports(batch.size());
    t3.decode(batch, stop, [&](std::size_t i, Result<std::vector<std::int32_t>> tokens) {
      all[i] = std::move(tokens);
      ++reports[i];
    });
    EXPECT_EQ(reports, std::vector<int>(batch.size(), 1));
    return all;
  }

  Log log_;
  const std::vector<ChatterboxConditionals> voices_{
      {{1}, {3}, {}, {}, {}}, {{2}, {3, 4}, {}, {}, {}}, {{3}, {5}, {}, {}, {}}};
};

TEST_F(ChatterboxBatchTest, ARowAloneTogetherAndJoinedLaterIsTheSame) {
  const auto batch = requests(20);
  const auto together = decode(make({}), batch);
  // 24 blocks: the longest row alone fills 19 with its voice.
  const auto tight = decode(make({.kv_bytes = 24, .sequences = 4}), batch);
  EXPECT_GT(log_.sizes.size(), 2U);  // rows did come and go
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ASSERT_TRUE(together[i] && tight[i]) << i;
    const auto alone = decode(make({}), std::span(batch).subspan(i, 1));
    EXPECT_EQ(*alone[0], *together[i]) << i;
    EXPECT_EQ(*alone[0], *tight[i]) << i;
    EXPECT_LE(together[i]->size(), static_cast<std::size_t>(*batch[i].fixed_tokens));
  }
}

TEST_F(ChatterboxBatchTest, GuidanceCostsASecondRowOnlyWhenAsked) {
  auto batch = requests(1);
  batch[0].cfg_weight = 0;
  decode(make({}), batch);
  EXPECT_EQ(log_.largest, 1);
  batch[0].cfg_weight = 0.5F;
  decode(make({}), batch);
  EXPECT_EQ(log_.largest, 2);
}

TEST_F(ChatterboxBatchTest, AVoiceIsReadOnceHoweverManyRowsItHas) {
  auto batch = requests(1);
  batch[0].cfg_weight = 0;
  decode(make({}), batch);
  const int one = log_.positions;
  batch.resize(5, batch[0]);
  log_ = {};
  decode(make({}), batch);
  EXPECT_EQ(log_.positions, 5 * one - 4 * kBlock);
}

TEST_F(ChatterboxBatchTest, TheLimitsHold) {
  decode(make({.kv_bytes = 30, .sequences = 3}), requests(20));
  EXPECT_EQ(log_.largest, 3);
  EXPECT_EQ(log_.blocks, 30);
}

TEST_F(ChatterboxBatchTest, ARowOverTheBudgetIsRefusedAndTheOthersAreSpoken) {
  auto batch = requests(3);
  batch[1].fixed_tokens = 200;
  const auto made = decode(make({.kv_bytes = 20}), batch);
  EXPECT_TRUE(made[0] && made[2]);
  ASSERT_FALSE(made[1]);
  EXPECT_EQ(made[1].error().code, Errc::bad_input);
}

TEST_F(ChatterboxBatchTest, BadRequestsAreRefusedAlone) {
  auto batch = requests(6);
  batch[0].text_ids = {};
  batch[1].text_ids = {8};  // the table has 8 rows
  batch[2].text_ids.assign(299, 1);
  batch[3].voice = nullptr;
  batch[4].fixed_tokens = 300;
  const auto made = decode(make({}), batch);
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_FALSE(made[i]) << i;
    EXPECT_EQ(made[i].error().code, Errc::bad_input) << i;
  }
  EXPECT_TRUE(made[5]);
}

TEST_F(ChatterboxBatchTest, WhatIsNotDoneIsCancelled) {
  std::stop_source source;
  const auto batch = requests(8);
  Tokens all(batch.size(), fail(Errc::internal, "not reported"));
  make({.sequences = 2})
      .decode(batch, source.get_token(),
              [&](std::size_t i, Result<std::vector<std::int32_t>> tokens) {
                all[i] = std::move(tokens);
                source.request_stop();
              });
  EXPECT_TRUE(all[0]);
  EXPECT_EQ(all[7].error().code, Errc::cancelled);
}

TEST_F(ChatterboxBatchTest, SpeechWithoutAnEndFails) {
  auto batch = requests(1);
  batch[0].fixed_tokens.reset();  // the model never stops
  batch[0].max_tokens = 20;
  const auto made = decode(make({}), batch);
  ASSERT_FALSE(made[0]);
  EXPECT_EQ(made[0].error().code, Errc::backend);
  EXPECT_EQ(made[0].error().message, "chatterbox: the speech has no end after 0.8 s of speech");
}

TEST_F(ChatterboxBatchTest, NothingIsNothing) { EXPECT_TRUE(decode(make({}), {}).empty()); }

}  // namespace
}  // namespace troupe::speech::chatterbox
