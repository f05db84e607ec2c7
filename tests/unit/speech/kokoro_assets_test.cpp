#include "speech/kokoro/kokoro_assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nn/safetensors.hpp"
#include "speech/kokoro/kokoro_backend.hpp"

namespace troupe::speech {
namespace {

namespace fs = std::filesystem;

class KokoroAssetsTest : public testing::Test {
 protected:
  const fs::path models_ =
      fs::path(testing::TempDir()) /
      (std::string("kokoro_") + testing::UnitTest::GetInstance()->current_test_info()->name());

  void SetUp() override {
    fs::create_directories(models_ / "kokoro" / "voices");
    write("kokoro/vocab.json", R"({"vocab": {"a": 43}})");
    nn::SafeTensors source;
    source.tensors.emplace("linear_weight", Tensor({9}, std::vector<float>(9, 0.5f)));
    source.tensors.emplace("linear_bias", Tensor({1}, std::vector<float>{0.1f}));
    const auto bytes = nn::write_safetensors(source);
    write("kokoro/source.safetensors", std::string(bytes.begin(), bytes.end()));
    write("kokoro/voices/af_x.bin", "");
  }
  void TearDown() override { fs::remove_all(models_); }

  void write(const std::string& name, const std::string& content) {
    std::ofstream(models_ / name, std::ios::binary) << content;
  }
};

TEST_F(KokoroAssetsTest, AreIdentifiedByTheManifestsHashes) {
  write("manifest.json", R"({"models": [{"name": "kokoro", "files": [{"sha256": "abc"}]}]})");
  const auto assets = load_kokoro_assets(models_ / "kokoro");
  ASSERT_TRUE(assets) << assets.error().message;
  EXPECT_EQ(assets->model_hash.size(), 64u);
  EXPECT_THAT(assets->presets, testing::ElementsAre("af_x"));
}

TEST_F(KokoroAssetsTest, AManifestOfWrongTypesIsAMissingModelWithARemedy) {
  for (const char* manifest :
       {R"({"models": 5})", R"({"models": [7]})", R"({"models": [{"name": 1}]})",
        R"({"models": [{"name": "kokoro", "files": "x"}]})",
        R"({"models": [{"name": "kokoro", "files": [{"sha256": null}]}]})"}) {
    write("manifest.json", manifest);
    const auto assets = load_kokoro_assets(models_ / "kokoro");
    ASSERT_FALSE(assets) << manifest;
    EXPECT_EQ(assets.error().code, Errc::missing_model);
    EXPECT_THAT(assets.error().message, testing::AllOf(testing::HasSubstr("manifest.json"),
                                                       testing::HasSubstr("models fetch")));
  }
}

// Voices need no graph.
struct EngineWithoutGraphs : nn::Engine {
  Result<std::shared_ptr<const nn::Graph>> load(const fs::path&, nn::Precision,
                                                nn::CompiledCache) const override {
    return std::shared_ptr<const nn::Graph>();
  }
  std::string device() const override { return "none"; }
  std::string precision_name(nn::Precision) const override { return "f32"; }
  bool int8_is_faster() const override { return false; }
  int threads_per_request() const override { return 1; }
};

TEST_F(KokoroAssetsTest, EveryoneWithAPresetSharesItsPack) {
  write("manifest.json", R"({"models": [{"name": "kokoro", "files": [{"sha256": "abc"}]}]})");
  write("kokoro/voices/af_x.bin", std::string(510 * 256 * sizeof(float), '\0'));
  const auto backend = make_kokoro_backend(EngineWithoutGraphs(), models_ / "kokoro");
  ASSERT_TRUE(backend) << backend.error().message;
  const auto one = (*backend)->preset_voice("af_x");
  ASSERT_TRUE(one) << one.error().message;
  fs::remove(models_ / "kokoro" / "voices" / "af_x.bin");
  const auto other = (*backend)->preset_voice("af_x");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ((*one)->conditionals, (*other)->conditionals);
  EXPECT_TRUE((*one)->conditionals->reference_hash.empty());
}

}  // namespace
}  // namespace troupe::speech
