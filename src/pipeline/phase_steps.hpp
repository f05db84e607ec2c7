/// The steps that dub() lists: values in, values out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/turn.hpp"
#include "mix/mixer.hpp"
#include "pipeline/dub.hpp"
#include "pipeline/job_directory.hpp"
#include "pipeline/outputs.hpp"
#include "speech/router.hpp"
#include "speech/scheduler.hpp"
#include "timing/fit.hpp"
#include "timing/layout.hpp"
#include "voices/builder.hpp"
#include "voices/extract.hpp"

namespace troupe::pipeline {

/// What every step needs; the report collects timings and warnings as they come.
struct Context {
  const Job& job;
  const Outputs& outputs;
  const Ports& ports;
  const DubSettings& settings;
  Report& report;
  int workers = 1;
  std::string language;        ///< canonical
  speech::BackendPtr backend;  ///< that speaks this job

  PhaseTimings& phases() const { return report.phases_ms; }
  void progress(std::string_view phase, int done, int total) const {
    if (settings.progress) settings.progress(phase, done, total);
  }
  /// Into the report and, the first 20 of a job, into the log.
  void warn(std::string line) const;
  /// @return cancelled when the caller asked to stop.
  Result<void> go_on(const char* stage) const;
};

Context make_context(const Job& job, const Outputs& outputs, const Ports& ports,
                     const DubSettings& settings, Report& report);

/// Ports are other people's code; what they throw ends here as a failed job.
Result<void> guarded(const std::function<Result<void>()>& work);

/// Names the stage of an error that does not know its own.
template <class T>
Result<T> in_stage(Result<T> result, const char* stage) {
  if (!result && result.error().stage.empty()) result.error().stage = stage;
  return result;
}

/// The source, decoded once for everything that wants it.
struct Source {
  std::vector<Segment> segments;                 ///< checked against the real length
  std::vector<voices::SpeakerAudio> references;  ///< every speaker, in order of appearance
  std::int64_t samples = 0;
  std::optional<double> loudness_lufs;
  bool has_video = false;
};
Result<Source> read_source(const Context& context);

/// Speakers who have something to say, in order of appearance; the others need neither voice nor
/// stem.
std::vector<std::string> speaking(const Source& source, std::span<const Turn> turns);

/// Who speaks with which voice.
struct Cast {
  std::vector<voices::SpeakerVoice> speakers;
  std::map<std::string, speech::SpeakerChoice> choices;

  const voices::SpeakerVoice* find(const std::string& speaker_id) const;
};
/// Takes the references out of the source: nothing after it needs them.
Result<Cast> cast_speakers(const Context& context, Source& source, std::span<const Turn> turns);

/// A turn that was spoken (or failed); its samples wait in the spool.
struct Spoken {
  speech::SpokenTurn turn;  ///< without its audio
  AudioSpool::Handle audio;
  std::optional<double> similarity;
};
Result<std::vector<Spoken>> speak_turns(const Context& context, std::span<const Turn> turns,
                                        const Cast& cast, const timing::Plan& plan,
                                        AudioSpool& spool);

/// @return too_few_spoken with one line of the turns that failed and why, below 80 % (spec S5).
Result<void> check_spoken(std::span<const Spoken> spoken);

/// Where every turn goes; those that need it are stretched and spooled again, their phrases moved
/// along. @param plan scaled as well when the whole track is stretched.
Result<std::vector<timing::Placement>> fit_and_stretch(const Context& context, timing::Plan& plan,
                                                       std::vector<Spoken>& spoken,
                                                       AudioSpool& spool);

/// Samples from the track's start to the end of what belongs to it: trailing padding of a codec
/// does not count (docs/formats/report.md, drift).
std::int64_t actual_length(const timing::Plan& plan, std::span<const timing::Placement> placements);
double drift_percent(std::int64_t actual, std::int64_t expected);

/// Cosine of each speaker's joined dubbed speech (up to 12 s) to the reference; by speaker id.
Result<std::map<std::string, double>> speaker_similarities(const Context& context, const Cast& cast,
                                                           std::span<const Turn> turns,
                                                           std::span<const Spoken> spoken,
                                                           const AudioSpool& spool);

Result<mix::MixResult> mix_track(const Context& context, const Source& source,
                                 std::span<const Turn> turns, std::span<const Spoken> spoken,
                                 std::span<const timing::Placement> placements, std::int64_t length,
                                 const AudioSpool& spool, OutputSet& files);

/// -23 LUFS (EBU R128) where neither the job nor the source gives one.
double target_loudness(const Options& options, std::optional<double> source_lufs);

/// Everything measured -> context.report (all but encode and total milliseconds).
struct Findings {
  const Source& source;
  const Cast& cast;
  std::span<const Turn> turns;
  std::span<const Spoken> spoken;
  const timing::Plan& plan;
  std::span<const timing::Placement> placements;
  const std::map<std::string, double>& similarities;
  const mix::MixResult& mixed;
};
void fill_report(const Context& context, const Findings& findings);

}  // namespace troupe::pipeline
