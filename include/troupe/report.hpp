/// The proof: what was done, how long it took, how well it came out. JSON form: contract
/// "troupe.report/1" (docs/formats/report.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "troupe/voice.hpp"

namespace troupe {

/// Wall milliseconds per phase; phases may overlap.
struct PhaseTimings {
  double decode = 0, voices = 0, synthesis = 0, timing = 0, mix = 0, encode = 0, total = 0;
};

struct SpeakerReport {
  std::string id;
  int segments = 0;
  std::int64_t speech_ms = 0;
  double speech_percent = 0;
  VoiceKind voice = VoiceKind::generic;
  std::string voice_name;
  bool reused = false;
  std::string reason;  ///< why generic, or weak, with the remedy; else empty
  std::optional<VoiceQuality> quality;
  std::optional<double> similarity;  ///< cosine of the joined dubbed speech to the reference
  bool conditionals_computed = false;
};

/// A segment as it was used, after checking; in order of start.
struct SegmentReport {
  int index = 0;  ///< in the job's own list
  std::string speaker;
  std::int64_t start_ms = 0, end_ms = 0;
  std::int64_t silence_before_ms = 0, silence_after_ms = 0;
  std::optional<int> turn;  ///< that speaks it; absent when there is nothing to say
};

enum class Verdict { cloned, preset, generic, weak, failed };

struct TurnReport {
  int index = 0;
  std::string speaker;
  std::vector<int> segments;
  std::string text;
  std::string backend;
  std::string voice;
  int attempts = 0;
  std::uint64_t seed = 0;
  bool ok = false;
  std::string error;
  Verdict verdict = Verdict::failed;
  std::int64_t target_ms = 0;
  std::int64_t natural_ms = 0;
  std::int64_t final_ms = 0;
  double stretch = 1;        ///< final / natural, pace and stretch together
  double after_stretch = 1;  ///< the part done after synthesis (1 = none)
  std::int64_t overflow_ms = 0;
  std::int64_t original_start_ms = 0;  ///< in the source
  std::int64_t original_end_ms = 0;
  std::int64_t planned_start_ms = 0;
  std::int64_t start_ms = 0;
  std::optional<std::int64_t> onset_ms;  ///< first audible sample found in the written track
  std::optional<double> similarity;
};

struct ResultReport {
  int turns = 0;
  int ok = 0;
  double success_rate = 0;
  std::int64_t expected_ms = 0;
  std::int64_t actual_ms = 0;
  double drift_percent = 0;
  double fit_error_percent = 0;
  double loudness_lufs = 0;
  std::optional<double> source_loudness_lufs;
  double true_peak_dbtp = 0;
};

struct EngineReport {
  std::string backend, model, device, precision;
  int threads = 0;
};

struct Report {
  std::string message_id;
  PhaseTimings phases_ms;
  int source_decodes = 0;
  std::vector<SpeakerReport> speakers;
  std::vector<SegmentReport> segments;
  std::vector<TurnReport> turns;
  ResultReport result;
  EngineReport engine;
  std::vector<std::string> warnings;
};

/// @return the report as JSON text, schema "troupe.report/1".
std::string to_json(const Report& report);

/// @return a self-contained SVG: original spans above, dubbed turns below, one lane per speaker;
/// stretch and failures coloured.
std::string timeline_svg(const Report& report);

}  // namespace troupe
