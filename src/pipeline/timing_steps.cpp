#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "dsp/onset.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {
namespace {

constexpr double kMostDriftPercent = 5;  // spec T5
constexpr double kLeastRatio = 0.8, kMostRatio = 1.25;
constexpr std::int64_t kJudgedSamples = 12 * kSampleRateHz;
// Before a sound, for its fade; and the longest a consonant takes to become loud.
constexpr std::int64_t kLead = ms_to_samples(5), kMostFaint = ms_to_samples(80);

std::int64_t scaled(std::int64_t value, double ratio) {
  return std::llround(static_cast<double>(value) * ratio);
}

/// The whole track by one ratio, plan included, so that figures compare like with like.
void stretch_all(timing::Plan& plan, std::vector<timing::Placement>& placements) {
  const double ratio = std::clamp(
      static_cast<double>(plan.expected) /
          static_cast<double>(std::max<std::int64_t>(1, actual_length(plan, placements))),
      kLeastRatio, kMostRatio);
  for (timing::Placement& placement : placements) {
    placement.start = scaled(placement.start, ratio);
    placement.length = scaled(placement.length, ratio);
    placement.overflow = scaled(placement.overflow, ratio);
  }
  for (timing::Slot& slot : plan.slots) {
    slot.start = scaled(slot.start, ratio);
    slot.target = scaled(slot.target, ratio);
    slot.gap_after = scaled(slot.gap_after, ratio);
  }
}

/// Samples of a turn that lie in none of its phrases: the kept pauses.
std::int64_t pauses_of(const Spoken& spoken) {
  std::int64_t inside = 0;
  for (const TimeRange& phrase : spoken.turn.phrases) inside += phrase.length();
  return spoken.turn.phrases.empty() ? 0 : spoken.audio.samples - inside;
}

/// Everything by the same ratio, pauses included.
Result<AudioBuffer> stretch_whole(const Stretcher& stretcher, const AudioBuffer& turn,
                                  std::vector<TimeRange>& phrases, std::int64_t length) {
  const double ratio = static_cast<double>(length) / static_cast<double>(turn.size());
  for (TimeRange& phrase : phrases)
    phrase = {scaled(phrase.begin, ratio), scaled(phrase.end, ratio)};
  return stretcher.stretch(turn, length);
}

/// Each phrase by the same ratio; the pauses between and around them stay as long as they are.
/// @param phrases in the turn; afterwards in the result.
Result<AudioBuffer> stretch_phrases(const Stretcher& stretcher, const AudioBuffer& turn,
                                    std::vector<TimeRange>& phrases, std::int64_t length) {
  std::int64_t speech = 0;
  for (const TimeRange& phrase : phrases) speech += phrase.length();
  const std::int64_t wanted = length - (turn.size() - speech);
  AudioBuffer out;
  std::int64_t seen = 0, given = 0, end = 0;
  for (TimeRange& phrase : phrases) {
    out.samples.resize(out.samples.size() + static_cast<std::size_t>(phrase.begin - end), 0.0f);
    end = phrase.end;
    seen += phrase.length();
    // Rounding the running total, not each share, keeps the sum exact.
    const std::int64_t upto = wanted * seen / std::max<std::int64_t>(1, speech);
    const AudioBuffer part{{turn.samples.begin() + phrase.begin, turn.samples.begin() + phrase.end},
                           turn.sample_rate_hz};
    TROUPE_TRY(const AudioBuffer fitted, stretcher.stretch(part, upto - given));
    phrase.begin = out.size();
    out.samples.insert(out.samples.end(), fitted.samples.begin(), fitted.samples.end());
    phrase.end = out.size();
    given = upto;
  }
  out.samples.resize(out.samples.size() + static_cast<std::size_t>(turn.size() - end), 0.0f);
  return out;
}

/// The stretcher can weaken a faint beginning until nobody hears it, and the word would come late:
/// what is before the onset goes, and silence at the end keeps the length.
void begin_with_onset(AudioBuffer& turn, std::vector<TimeRange>& phrases) {
  const auto audible = dsp::audible_range(turn.samples, turn.sample_rate_hz);
  if (!audible || audible->begin <= kLead || audible->begin > kMostFaint) return;
  const std::int64_t early = audible->begin - kLead;
  const std::size_t length = turn.samples.size();
  turn.samples.erase(turn.samples.begin(), turn.samples.begin() + early);
  dsp::fade_edges(turn.samples, kLead);
  turn.samples.resize(length, 0.0f);
  for (TimeRange& phrase : phrases)
    phrase = {std::max<std::int64_t>(0, phrase.begin - early), phrase.end - early};
}

/// Stretches turns on the pool; the first failure by turn order is the result.
/// @param pauses_too whether the pauses inside a turn are part of what is stretched.
Result<void> stretch_turns(const Context& context, std::span<const timing::Placement> placements,
                           bool pauses_too, std::vector<Spoken>& spoken, AudioSpool& spool) {
  std::vector<Result<void>> results(spoken.size());
  auto stretch = [&](std::size_t i) -> Result<void> {
    if (placements[i].length == spoken[i].audio.samples) return {};
    TROUPE_CHECK(context.go_on("timing"));
    TROUPE_TRY(const AudioBuffer natural, spool.read(spoken[i].audio));
    std::vector<TimeRange>& phrases = spoken[i].turn.phrases;
    const auto stretched = pauses_too || phrases.empty() ? stretch_whole : stretch_phrases;
    TROUPE_TRY(AudioBuffer fitted,
               stretched(context.ports.stretcher, natural, phrases, placements[i].length));
    begin_with_onset(fitted, phrases);
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

const char* remedy_of_drift(bool timeline, bool global_stretch) {
  if (timeline)
    return global_stretch ? "shorten the translations (options.global_stretch does nothing on a "
                            "timeline, whose starts belong to the picture)"
                          : "shorten the translations";
  return global_stretch ? "all of it is stretched, as options.global_stretch allows"
                        : "shorten the translations, or allow options.global_stretch";
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

Result<std::vector<timing::Placement>> fit_and_stretch(const Context& context, timing::Plan& plan,
                                                       std::vector<Spoken>& spoken,
                                                       AudioSpool& spool) {
  PhaseScope scope(context.ports.clock, context.phases().timing);
  std::vector<std::int64_t> lengths, pauses;
  for (const Spoken& record : spoken) {
    lengths.push_back(record.audio.samples);
    pauses.push_back(pauses_of(record));
  }
  const Options& options = context.job.options;
  auto placements = timing::fit_turns(plan, lengths, pauses, options);

  const double drift = drift_percent(actual_length(plan, placements), plan.expected);
  const bool timeline = plan.layout == Layout::timeline;
  const bool whole = drift > kMostDriftPercent && options.global_stretch && !timeline;
  if (drift > kMostDriftPercent)
    context.warn("the track differs from the plan by " + std::to_string(std::lround(drift)) +
                 " % in length; " + remedy_of_drift(timeline, options.global_stretch));
  if (whole) stretch_all(plan, placements);
  TROUPE_CHECK(stretch_turns(context, placements, whole, spoken, spool));
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
