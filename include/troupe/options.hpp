/// Options of one job. Aggregates with defaults; validate() is the one place that checks ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "troupe/result.hpp"

namespace troupe {

enum class Layout { automatic, concat, timeline };
enum class CloneEffort { fast, balanced, best };
enum class SpeechEffort { full, fast };
enum class Background { drop, keep };

struct Options {
  Layout layout =
      Layout::automatic;         ///< automatic: timeline when the output is a video, else concat
  bool fit = true;               ///< fit each turn to its span; false leaves natural lengths
  std::string backend = "auto";  ///< auto | kokoro | chatterbox | espeak
  CloneEffort clone_effort = CloneEffort::balanced;
  SpeechEffort speech_effort = SpeechEffort::full;  ///< fast: Chatterbox with fewer steps
  std::uint64_t seed = 0;             ///< any value; same job, seed and model give the same samples
  double speed = 1.0;                 ///< 0.5 .. 2; asked of the engine before fitting
  double exaggeration = 0.5;          ///< 0 .. 2; engines with an emotion control (Chatterbox)
  std::optional<double> cfg_weight;   ///< 0 .. 1; unset: 0.5 for English targets, else 0.0
  double temperature = 0.8;           ///< 0 .. 2; sampling engines
  int min_silence_ms = 100;           ///< 0 .. 10000; a shorter gap counts as 0
  int max_silence_ms = 3000;          ///< min_silence_ms .. 600000; concat caps gaps here
  double fit_tolerance_percent = 10;  ///< 0 .. 50; inside it a turn is left as it was spoken
  bool global_stretch = false;        ///< stretch the whole track when drift exceeds 5 %
  Background background = Background::drop;
  std::optional<double> loudness_lufs;  ///< -70 .. -5; unset: the source's own
  double voice_max_age_days = 7;        ///< 0 .. 3650; older automatic voices are made again
  bool keep_temp = false;
  bool strict = false;  ///< exit 4 when some turns are generic or failed
};

/// @return bad_input naming the option, its value and the legal range.
Result<void> validate(const Options& options);

}  // namespace troupe
