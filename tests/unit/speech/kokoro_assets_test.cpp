#include "speech/kokoro/kokoro_assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nn/safetensors.hpp"

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

}  // namespace
}  // namespace troupe::speech
