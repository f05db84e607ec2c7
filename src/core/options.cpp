#include "troupe/options.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace troupe {
namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

/// Also refuses NaN, which no range holds.
Result<void> within(std::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return fail(Errc::bad_input,
              "option " + std::string(name) + " is " + number(value) + "; give a number from " +
                  number(low) + " to " + number(high),
              "segments");
}

Result<void> known_backend(std::string_view name) {
  for (const std::string_view known : {"auto", "kokoro", "chatterbox", "espeak"})
    if (name == known) return {};
  return fail(Errc::bad_input,
              "option backend is not a known one; give auto, kokoro, chatterbox or espeak",
              "segments");
}

}  // namespace

Result<void> validate(const Options& options) {
  struct Range {
    std::string_view name;
    double value, low, high;
  };
  const Range ranges[] = {
      {"speed", options.speed, 0.5, 2},
      {"exaggeration", options.exaggeration, 0, 2},
      {"cfg_weight", options.cfg_weight.value_or(0), 0, 1},
      {"temperature", options.temperature, 0, 2},
      {"min_silence_ms", static_cast<double>(options.min_silence_ms), 0, 10000},
      {"max_silence_ms", static_cast<double>(options.max_silence_ms),
       static_cast<double>(options.min_silence_ms), 600000},
      {"fit_tolerance_percent", options.fit_tolerance_percent, 0, 50},
      {"loudness_lufs", options.loudness_lufs.value_or(-23), -70, -5},
      {"voice_max_age_days", options.voice_max_age_days, 0, 3650},
  };
  for (const Range& range : ranges)
    if (auto inside = within(range.name, range.value, range.low, range.high); !inside)
      return inside;
  return known_backend(options.backend);
}

}  // namespace troupe
