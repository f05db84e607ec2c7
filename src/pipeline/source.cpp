#include <limits>
#include <string>
#include <vector>

#include "core/try.hpp"
#include "dsp/loudness.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"
#include "segments/check.hpp"

namespace troupe::pipeline {

namespace {

/// The mean of the channels.
std::span<const float> to_mono(std::span<const float> stereo, std::vector<float>& mono) {
  mono.resize(stereo.size() / 2);
  for (std::size_t i = 0; i < mono.size(); ++i)
    mono[i] = 0.5f * (stereo[2 * i] + stereo[2 * i + 1]);
  return mono;
}

}  // namespace

Result<Source> read_source(const Context& context) {
  PhaseScope scope(context.ports.clock, context.phases().decode);
  TROUPE_CHECK(context.go_on("decode"));
  context.progress("decode", 0, 1);
  // Which spans to keep follows from the timestamps; the length is known only after the last
  // block, so the collector gets them uncut and simply never sees what lies past the end.
  TROUPE_TRY(const auto uncut, in_stage(segments::check_segments(
                                            context.job, std::numeric_limits<std::int64_t>::max()),
                                        "segments"));
  voices::ReferenceCollector collector(uncut.segments);
  // Two channels, since the loudness of a stereo source is not that of its mono mix.
  dsp::LoudnessMeter meter(kSampleRateHz, 2);
  std::vector<float> mono;
  Source source;
  ++context.report.source_decodes;
  TROUPE_TRY(const MediaInfo info, in_stage(context.ports.media.decode(
                                                context.job.source_audio, {kSampleRateHz, 2},
                                                [&](std::span<const float> block) -> Result<void> {
                                                  collector.push(to_mono(block, mono));
                                                  meter.push(block);
                                                  return {};
                                                },
                                                context.settings.stop),
                                            "decode"));
  TROUPE_TRY(auto checked,
             in_stage(segments::check_segments(context.job, info.samples), "segments"));
  for (std::string& warning : checked.warnings) context.warn(std::move(warning));
  source.segments = std::move(checked.segments);
  source.references = std::move(collector).finish();
  source.samples = info.samples;
  source.loudness_lufs = meter.integrated_lufs();
  // A mono source is met as two equal channels.
  if (source.loudness_lufs && info.channels == 1) *source.loudness_lufs -= dsp::kDualMonoLu;
  source.has_video = info.has_video;
  context.progress("decode", 1, 1);
  return source;
}

}  // namespace troupe::pipeline
