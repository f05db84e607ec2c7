// The wired program on real models: skipped loudly where the models were not fetched.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "app/paths.hpp"
#include "app/wiring.hpp"

namespace troupe::app {
namespace {

class Quiet : public Log {
  void info(std::string_view) override {}
  void warn(std::string_view) override {}
};

AudioBuffer buzz() {
  AudioBuffer audio;
  for (int i = 0; i < 8 * kSampleRateHz; ++i) {
    const double t = static_cast<double>(i) / kSampleRateHz;
    double sum = 0;
    for (int k = 1; k < 20; ++k) sum += std::sin(2 * std::numbers::pi * k * (120 + 20 * t) * t) / k;
    audio.samples.push_back(static_cast<float>(0.1 * sum * (1 + std::sin(12 * t))));
  }
  return audio;
}

// OpenVINO 2026.4 reloads a batched LSTM from its cache wrongly (0.09 per component); a second
// start of the program must hear people as the first did.
TEST(World, ASecondStartHearsTheSameVoice) {
  Paths paths = paths_from_environment();
  if (!std::filesystem::exists(paths.models / "manifest.json"))
    GTEST_SKIP() << "no models in " << paths.models << ": run build/troupe models fetch";
  const auto cache = std::filesystem::path(testing::TempDir()) / "troupe-world-test";
  std::filesystem::remove_all(cache);
  paths.cache = cache;
  Quiet log;
  std::vector<Embedding> heard;
  for (int start = 0; start < 2; ++start) {
    const auto world = World::open(paths, log, {.backend = "espeak", .language = "fr"});
    ASSERT_TRUE(world) << world.error().message;
    heard.push_back((*world)->ports().encoder.embed(buzz()).value());
  }
  EXPECT_EQ(heard[0], heard[1]);
  std::filesystem::remove_all(cache);
}

}  // namespace
}  // namespace troupe::app
