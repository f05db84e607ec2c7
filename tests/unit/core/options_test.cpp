#include "troupe/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace troupe {
namespace {

using testing::HasSubstr;

TEST(Options, DefaultsAreValid) { EXPECT_TRUE(validate(Options{})); }

TEST(Options, AcceptTheEndsOfEachRangeAndNothingBeyond) {
  struct Row {
    const char* name;
    std::function<void(Options&, double)> set;
    double low, high, step;
  };
  const Row rows[] = {
      {"speed", [](Options& o, double v) { o.speed = v; }, 0.5, 2, 0.01},
      {"exaggeration", [](Options& o, double v) { o.exaggeration = v; }, 0, 2, 0.01},
      {"cfg_weight", [](Options& o, double v) { o.cfg_weight = v; }, 0, 1, 0.01},
      {"temperature", [](Options& o, double v) { o.temperature = v; }, 0, 2, 0.01},
      {"min_silence_ms",
       [](Options& o, double v) {
         o.min_silence_ms = static_cast<int>(v);
         o.max_silence_ms = 600000;
       },
       0, 10000, 1},
      {"max_silence_ms", [](Options& o, double v) { o.max_silence_ms = static_cast<int>(v); }, 100,
       600000, 1},
      {"fit_tolerance_percent", [](Options& o, double v) { o.fit_tolerance_percent = v; }, 0, 50,
       0.01},
      {"loudness_lufs", [](Options& o, double v) { o.loudness_lufs = v; }, -70, -5, 0.01},
      {"voice_max_age_days", [](Options& o, double v) { o.voice_max_age_days = v; }, 0, 3650, 0.01},
  };
  for (const Row& row : rows) {
    const auto with = [&](double value) {
      Options options;
      row.set(options, value);
      return validate(options);
    };
    EXPECT_TRUE(with(row.low)) << row.name;
    EXPECT_TRUE(with(row.high)) << row.name;
    for (const double outside : {row.low - row.step, row.high + row.step}) {
      const auto refused = with(outside);
      ASSERT_FALSE(refused) << row.name << " " << outside;
      EXPECT_EQ(refused.error().code, Errc::bad_input);
      EXPECT_THAT(refused.error().message, HasSubstr(row.name));
    }
    if (row.step < 1) {
      EXPECT_FALSE(with(std::numeric_limits<double>::quiet_NaN())) << row.name;
    }
  }
}

TEST(Options, NameTheLegalRange) {
  Options options;
  options.speed = 3;
  EXPECT_EQ(validate(options).error().message, "option speed is 3; give a number from 0.5 to 2");
}

TEST(Options, KnowTheBackends) {
  for (const char* name : {"auto", "kokoro", "chatterbox", "espeak"}) {
    Options options;
    options.backend = name;
    EXPECT_TRUE(validate(options)) << name;
  }
  Options options;
  options.backend = "Kokoro";
  EXPECT_THAT(validate(options).error().message, HasSubstr("kokoro"));
}

}  // namespace
}  // namespace troupe
