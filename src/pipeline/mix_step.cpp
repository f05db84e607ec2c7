#include <algorithm>
#include <numeric>

#include "core/try.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {

double target_loudness(const Options& options, std::optional<double> source_lufs) {
  if (options.loudness_lufs) return *options.loudness_lufs;
  return source_lufs ? std::clamp(*source_lufs, -40.0, -10.0) : -23.0;
}

Result<mix::MixResult> mix_track(const Context& context, const Source& source,
                                 std::span<const Turn> turns, std::span<const Spoken> spoken,
                                 std::span<const timing::Placement> placements, std::int64_t length,
                                 const AudioSpool& spool, OutputSet& files) {
  TROUPE_CHECK(context.go_on("mix"));
  const double started_ms = context.ports.clock.steady_ms();
  context.progress("mix", 0, 1);

  // The mixer walks along the track, so it wants turns by start; overlapped speakers may swap.
  std::vector<std::size_t> order(turns.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return placements[a].start < placements[b].start;
  });
  mix::MixRequest request;
  for (const std::size_t i : order)
    request.turns.push_back({static_cast<int>(i), turns[i].speaker_id, placements[i].start,
                             placements[i].length, !spoken[i].turn.ok});
  request.fetch = [&](int index) {
    return spool.read(spoken[static_cast<std::size_t>(index)].audio);
  };
  request.length = length;
  request.target_lufs = target_loudness(context.job.options, source.loudness_lufs);
  request.ceiling_dbtp = true_peak_ceiling(context.outputs.track);
  if (context.job.options.background == Background::keep)
    request.background = mix::BackgroundSource{context.job.source_audio, &context.ports.media};

  TROUPE_TRY(
      mix::MixResult mixed,
      in_stage(mix::mix(request, files.track(), files.stems(), context.settings.stop), "mix"));
  std::vector<std::optional<std::int64_t>> by_turn(turns.size());
  for (std::size_t k = 0; k < order.size(); ++k) by_turn[order[k]] = mixed.onsets[k];
  mixed.onsets = std::move(by_turn);
  context.phases().mix = context.ports.clock.steady_ms() - started_ms - files.encode_ms();
  context.progress("mix", 1, 1);
  return mixed;
}

}  // namespace troupe::pipeline
