#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {
namespace {

constexpr double kMostDriftPercent = 5;  // spec T5
constexpr double kLeastRatio = 0.8, kMostRatio = 1.25;
constexpr std::int64_t kJudgedSamples = 12 * kSampleRateHz;

std::int64_t scaled(std::int64_t value, double ratio) {
  return std::llround(static_cast<double>(value) * ratio);
}

/// The whole track by one ratio. On a timeline starts belong to the picture and stay.
void stretch_all(const timing::Plan& plan, std::vector<timing::Placement>& placements) {
  const double ratio = std::clamp(
      static_cast<double>(plan.expected) /
          static_cast<double>(std::max<std::int64_t>(1, actual_length(plan, placements))),
      kLeastRatio, kMostRatio);
  for (timing::Placement& placement : placements) {
    placement.start = scaled(placement.start, ratio);
    placement.length = scaled(placement.length, ratio);
  }
}

/// Stretches turns on the pool; the first failure by turn order is the result.
Result<void> stretch_turns(const Context& context, std::span<const timing::Placement> placements,
                           std::vector<Spoken>& spoken, AudioSpool& spool) {
  std::vector<Result<void>> results(spoken.size());
  auto stretch = [&](std::size_t i) -> Result<void> {
    if (placements[i].length == spoken[i].audio.samples) return {};
    TROUPE_CHECK(context.go_on("timing"));
    TROUPE_TRY(const AudioBuffer natural, spool.read(spoken[i].audio));
    TROUPE_TRY(const AudioBuffer fitted,
               context.ports.stretcher.stretch(natural, placements[i].length));
    TROUPE_TRY(spoken[i].audio, spool.append(fitted.samples));
    return {};
  };
  parallel_for(spoken.size(), context.workers, [&](std::size_t i) {
    try {
      results[i] = stretch(i);
    } catch (const std::exception& error) {
      results[i] = fail(Errc::internal, std::string("stretch: ") + error.what());
    }
  });
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) continue;
    Error error = results[i].error();
    if (error.stage.empty()) error.stage = "timing";
    error.turn = static_cast<int>(i);
    return tl::make_unexpected(std::move(error));
  }
  return {};
}

}  // namespace

std::int64_t actual_length(const timing::Plan& plan,
                           std::span<const timing::Placement> placements) {
  std::int64_t end = 0;
  for (const timing::Placement& placement : placements)
    end = std::max(end, placement.start + placement.length);
  // A timeline is padded to its source on purpose; so is a track without any turn.
  return plan.layout == Layout::timeline || placements.empty() ? std::max(end, plan.expected) : end;
}

double drift_percent(std::int64_t actual, std::int64_t expected) {
  if (expected <= 0) return 0;
  return 100.0 * static_cast<double>(std::llabs(actual - expected)) / static_cast<double>(expected);
}

Result<std::vector<timing::Placement>> fit_and_stretch(const Context& context,
                                                       const timing::Plan& plan,
                                                       std::vector<Spoken>& spoken,
                                                       AudioSpool& spool) {
  PhaseScope scope(context.ports.clock, context.phases().timing);
  std::vector<std::int64_t> lengths;
  for (const Spoken& record : spoken) lengths.push_back(record.audio.samples);
  auto placements = timing::fit_turns(plan, lengths, context.job.options);

  const double drift = drift_percent(actual_length(plan, placements), plan.expected);
  if (drift > kMostDriftPercent) {
    context.warn("the track differs from the plan by " + std::to_string(std::lround(drift)) +
                 " % in length; shorten the translations, or allow options.global_stretch");
    if (context.job.options.global_stretch && plan.layout == Layout::concat)
      stretch_all(plan, placements);
  }
  TROUPE_CHECK(stretch_turns(context, placements, spoken, spool));
  return placements;
}

Result<std::map<std::string, double>> speaker_similarities(const Context& context, const Cast& cast,
                                                           std::span<const Turn> turns,
                                                           std::span<const Spoken> spoken,
                                                           const AudioSpool& spool) {
  PhaseScope scope(context.ports.clock, context.phases().timing);
  std::map<std::string, double> similarities;
  std::mutex mutex;
  std::vector<Result<void>> results(cast.speakers.size());
  auto judge = [&](const voices::SpeakerVoice& speaker) -> Result<void> {
    AudioBuffer joined;
    for (std::size_t i = 0; i < turns.size() && joined.size() < kJudgedSamples; ++i) {
      if (turns[i].speaker_id != speaker.speaker_id || !spoken[i].turn.ok) continue;
      AudioSpool::Handle part = spoken[i].audio;
      part.samples = std::min(part.samples, kJudgedSamples - joined.size());
      TROUPE_TRY(const AudioBuffer audio, spool.read(part));
      joined.samples.insert(joined.samples.end(), audio.samples.begin(), audio.samples.end());
    }
    if (joined.samples.empty()) return {};
    if (const auto embedding = context.ports.encoder.embed(joined)) {
      const std::lock_guard lock(mutex);
      similarities[speaker.speaker_id] = cosine(*embedding, *speaker.reference_embedding);
    }
    return {};
  };
  parallel_for(cast.speakers.size(), context.workers, [&](std::size_t i) {
    if (!cast.speakers[i].reference_embedding) return;
    try {
      results[i] = judge(cast.speakers[i]);
    } catch (const std::exception& error) {
      results[i] = fail(Errc::internal, std::string("similarity: ") + error.what());
    }
  });
  for (auto& result : results) TROUPE_CHECK(in_stage(std::move(result), "timing"));
  return similarities;
}

}  // namespace troupe::pipeline
