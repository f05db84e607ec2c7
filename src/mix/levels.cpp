#include "mix/levels.hpp"

#include <algorithm>
#include <cmath>

#include "core/try.hpp"
#include "dsp/limiter.hpp"
#include "dsp/loudness.hpp"

namespace troupe::mix {
namespace {

constexpr double kMostSpeakerGainDb = 30;
constexpr double kMostWholeGainDb = 6;
constexpr double kSilenceDb = -70;  // the absolute gate of BS.1770-4
constexpr double kCloseEnoughDb = 0.1;
constexpr int kMeasurements = 3;  // the limiter takes a little away, so one correction may not do

struct SpeakerLevel {
  dsp::LoudnessMeter meter{kSampleRateHz, 1};
  double energy = 0;
  std::int64_t samples = 0;

  std::optional<double> lufs() const {
    if (const auto gated = meter.integrated_lufs()) return gated;
    if (samples == 0 || energy <= 0) return std::nullopt;
    // BS.1770's formula without the K filter, which is within 1 dB of flat where speech has energy.
    const double level = -0.691 + 10 * std::log10(energy / static_cast<double>(samples));
    if (level < kSilenceDb) return std::nullopt;
    return level;
  }
};

float linear(double db) { return static_cast<float>(std::pow(10, db / 20)); }

/// Loudness of what the limiter, a new one, lets through.
Result<std::optional<double>> measure(const MixRequest& request, const Gains& gains,
                                      dsp::Limiter& limiter, const std::stop_token& stop) {
  DubStream dub(request, gains);
  dsp::LoudnessMeter meter(kSampleRateHz, 1);
  std::vector<float> limited;
  for (std::int64_t at = 0; at < request.length; at += kWindow) {
    if (stop.stop_requested()) return fail(Errc::cancelled, "mix: cancelled", "mix");
    TROUPE_CHECK(dub.next(std::min(kWindow, request.length - at)));
    limited.clear();
    limiter.push(dub.track(), limited);
    meter.push(limited);
  }
  limited.clear();
  limiter.finish(limited);
  meter.push(limited);
  return meter.integrated_lufs();
}

double target_as_mono(const MixRequest& request) {
  return request.target_lufs - (mix_format(request).channels == 2 ? dsp::kDualMonoLu : 0);
}

}  // namespace

Result<Gains> level_speakers(const MixRequest& request, std::stop_token stop) {
  std::map<std::string, SpeakerLevel> levels;
  for (const PlacedTurn& turn : request.turns) {
    if (stop.stop_requested()) return fail(Errc::cancelled, "mix: cancelled", "mix");
    if (turn.failed || turn.length == 0) continue;
    TROUPE_TRY(const AudioBuffer audio, fetch_checked(request, turn));
    SpeakerLevel& level = levels[turn.speaker_id];
    level.meter.push(audio.samples);
    level.samples += audio.size();
    for (const float sample : audio.samples) level.energy += double{sample} * sample;
  }
  const double target = target_as_mono(request);
  Gains gains;
  for (const auto& [speaker, level] : levels) {
    const double gain_db = target - level.lufs().value_or(target);
    gains[speaker] = linear(std::clamp(gain_db, -kMostSpeakerGainDb, kMostSpeakerGainDb));
  }
  return gains;
}

Result<void> level_whole(const MixRequest& request, Gains& gains, std::stop_token stop) {
  double total_db = 0;
  for (int i = 0; i < kMeasurements; ++i) {
    dsp::Limiter limiter(kSampleRateHz, 1, request.ceiling_dbtp);
    TROUPE_TRY(const std::optional<double> lufs, measure(request, gains, limiter, stop));
    if (!lufs) return {};
    const double wanted_db = total_db + target_as_mono(request) - *lufs;
    const double step_db = std::clamp(wanted_db, -kMostWholeGainDb, kMostWholeGainDb) - total_db;
    total_db += step_db;
    const float step = linear(step_db);
    for (auto& [speaker, gain] : gains) gain *= step;
    // Where the limiter does nothing, loudness moves by the step exactly: no need to look again.
    if (std::fabs(step_db) < kCloseEnoughDb || !limiter.would_change(std::max(1.0f, step)))
      return {};
  }
  return {};
}

}  // namespace troupe::mix
