/// The whole path, readable as a list: decode -> segments -> voices -> speech -> timing -> mix ->
/// report.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/media.hpp"
#include "core/speaker_encoder.hpp"
#include "core/speech_backend.hpp"
#include "core/stretcher.hpp"
#include "core/voice_store.hpp"
#include "troupe/job.hpp"
#include "troupe/report.hpp"
#include "voices/silero_vad.hpp"

namespace troupe::pipeline {

/// Everything a job needs from outside, owned by the caller; all of it may be shared by jobs that
/// run at the same time.
struct Ports {
  const Media& media;
  const SpeakerEncoder& encoder;
  const voices::SileroVad* vad;
  VoiceStore& store;
  const Stretcher& stretcher;
  std::vector<std::shared_ptr<const SpeechBackend>> backends;  ///< in order of preference
  const Clock& clock;
  Log& log;
};

/// Where results go. A symbolic link stands for its target.
struct Outputs {
  std::filesystem::path track;
  std::optional<std::filesystem::path> report_json, timeline_svg, subtitles, stems_dir;
  std::vector<std::filesystem::path> inputs;  ///< no output may be one of them, nor the source
};

/// phase: decode, voices, synthesis, mix; done of total. Called from worker threads.
using Progress = std::function<void(std::string_view phase, int done, int total)>;

struct DubSettings {
  int workers = 0;                  ///< 0 = number of cores
  std::filesystem::path temp_root;  ///< private job directories are made below it
  std::stop_token stop = {};
  Progress progress = {};
};

/// Dubs one job. Either every output exists complete under its final name, or all names hold what
/// they held before.
/// @return the report; errors carry the stage. Nothing is left in temp_root either way.
Result<Report> dub(const Job& job, const Outputs& outputs, const Ports& ports,
                   const DubSettings& settings);

}  // namespace troupe::pipeline
