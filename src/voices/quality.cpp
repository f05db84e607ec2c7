#include "voices/quality.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/try.hpp"
#include "dsp/highpass.hpp"

namespace troupe::voices {
namespace {

constexpr std::int64_t kFrame = ms_to_samples(32);
constexpr float kSpeech = 0.5F;
constexpr std::int64_t kWarmUpFrames = 32;
constexpr double kMaxSnrDb = 60, kMinSnrDb = -20, kFloorDbfs = -120;

double decibel(double power) { return power > 1e-12 ? 10 * std::log10(power) : kFloorDbfs; }

/// Chunks and their surroundings in time order, as one signal of whole frames.
struct Timeline {
  AudioBuffer audio;
  std::vector<char> in_chunk;  // per frame
  std::vector<double> power;   // per frame, mean square
};

Timeline timeline_of(const SpeakerAudio& speaker) {
  std::vector<std::pair<const Chunk*, char>> pieces;
  for (const Chunk& chunk : speaker.chunks) pieces.emplace_back(&chunk, 1);
  for (const Chunk& chunk : speaker.around) pieces.emplace_back(&chunk, 0);
  std::sort(pieces.begin(), pieces.end(),
            [](const auto& a, const auto& b) { return a.first->span.begin < b.first->span.begin; });
  Timeline timeline;
  std::vector<float>& samples = timeline.audio.samples;
  std::vector<char> owner;
  for (const auto& [chunk, is_chunk] : pieces) {
    samples.insert(samples.end(), chunk->samples.begin(), chunk->samples.end());
    owner.resize(samples.size(), is_chunk);
  }
  samples.resize(samples.size() / kFrame * kFrame);
  dsp::remove_rumble(samples);
  for (std::size_t begin = 0; begin < samples.size(); begin += kFrame) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + kFrame; ++i)
      sum += static_cast<double>(samples[i]) * samples[i];
    timeline.power.push_back(sum / kFrame);
    timeline.in_chunk.push_back(owner[begin + kFrame / 2]);
  }
  return timeline;
}

double clipping_percent(const std::vector<Chunk>& chunks) {
  std::int64_t clipped = 0, all = 0;
  for (const Chunk& chunk : chunks) {
    std::int64_t run = 0;
    for (float x : chunk.samples) {
      run = std::abs(x) >= 0.999F ? run + 1 : 0;
      clipped += run == 2 ? 2 : (run > 2 ? 1 : 0);
    }
    all += static_cast<std::int64_t>(chunk.samples.size());
  }
  return all > 0 ? 100.0 * static_cast<double>(clipped) / static_cast<double>(all) : 0;
}

/// A frame before speech begins holds part of the first sound, so it counts as neither. After
/// speech the model holds on for long enough.
bool is_non_speech(const std::vector<float>& activity, std::size_t frame) {
  return activity[frame] < kSpeech &&
         (frame + 1 == activity.size() || activity[frame + 1] < kSpeech);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double score_of(const VoiceQuality& q) {
  const auto unit = [](double x) { return std::clamp(x, 0.0, 1.0); };
  return 0.4 * unit(q.snr_db / 40) + 0.3 * unit(static_cast<double>(q.speech_ms) / 6000) +
         0.1 * unit(1 - q.clipping_percent / 5) + 0.1 * unit(1 - q.silence_percent / 70) +
         0.1 * unit((q.speech_rms_dbfs + 50) / 25);
}

VoiceQuality measure(const SpeakerAudio& speaker, const Timeline& timeline,
                     const std::vector<float>& activity) {
  double speech = 0, own_speech = 0;
  std::int64_t speech_frames = 0, own_speech_frames = 0, own_frames = 0;
  std::vector<double> noise;
  for (std::size_t i = 0; i < timeline.power.size(); ++i) {
    const bool own = timeline.in_chunk[i] != 0;
    own_frames += own ? 1 : 0;
    if (activity[i] >= kSpeech) {
      speech += timeline.power[i];
      ++speech_frames;
      own_speech += own ? timeline.power[i] : 0;
      own_speech_frames += own ? 1 : 0;
    } else if (is_non_speech(activity, i)) {
      noise.push_back(timeline.power[i]);
    }
  }
  const auto mean = [](double sum, std::int64_t count) {
    return count > 0 ? sum / static_cast<double>(count) : 0;
  };
  VoiceQuality quality;
  const double noise_power = noise.empty() ? 0 : median(std::move(noise));
  const double signal = mean(speech, speech_frames) - noise_power;  // speech frames hold noise too
  quality.snr_db = std::clamp(decibel(signal) - decibel(noise_power), kMinSnrDb, kMaxSnrDb);
  if (noise_power <= 0) quality.snr_db = kMaxSnrDb;
  quality.clipping_percent = clipping_percent(speaker.chunks);
  quality.silence_percent =
      own_frames > 0 ? 100 - 100 * mean(static_cast<double>(own_speech_frames), own_frames) : 100;
  quality.speech_rms_dbfs = decibel(mean(own_speech, own_speech_frames));
  quality.speech_ms = samples_to_ms(own_speech_frames * kFrame);
  quality.score = score_of(quality);
  return quality;
}

/// One number as people read it.
std::string shown(double value, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f %s", value, unit);
  return text;
}

}  // namespace

Result<VoiceQuality> measure_quality(const SpeakerAudio& speaker, const SileroVad& vad) {
  const Timeline timeline = timeline_of(speaker);
  // The model misses about 100 ms of speech at its start, so it hears the first second twice.
  const std::int64_t warm_up = std::min(timeline.audio.size(), kWarmUpFrames * kFrame);
  AudioBuffer heard;
  heard.samples.assign(timeline.audio.samples.begin(), timeline.audio.samples.begin() + warm_up);
  heard.samples.insert(heard.samples.end(), timeline.audio.samples.begin(),
                       timeline.audio.samples.end());
  TROUPE_TRY(std::vector<float> activity, vad.probabilities(heard));
  activity.erase(activity.begin(),
                 activity.begin() + std::min<std::int64_t>(warm_up / kFrame, std::ssize(activity)));
  activity.resize(timeline.power.size(), 0.0F);
  return measure(speaker, timeline, activity);
}

VoiceQuality measure_quality_by_energy(const SpeakerAudio& speaker) {
  const Timeline timeline = timeline_of(speaker);
  double low = 0, high = kFloorDbfs;
  for (double power : timeline.power) {
    low = std::min(low, std::max(decibel(power), -80.0));
    high = std::max(high, decibel(power));
  }
  // Sound without pauses spans a few decibel only, and is speech throughout.
  const double threshold = high - low < 6 ? high - 6 : (high + low) / 2;
  std::vector<float> activity;
  for (double power : timeline.power)
    activity.push_back(decibel(power) > std::max(threshold, -70.0) ? 1.0F : 0.0F);
  return measure(speaker, timeline, activity);
}

std::optional<std::string> gate(const VoiceQuality& quality) {
  if (quality.speech_ms < 1000)
    return "speech " + shown(static_cast<double>(quality.speech_ms) / 1000, "s") +
           " is below 1 s: give more speech of this person alone";
  if (quality.speech_rms_dbfs <= -50)
    return "speech level " + shown(quality.speech_rms_dbfs, "dBFS") +
           " is not above -50 dBFS: record louder or nearer";
  if (quality.silence_percent >= 70)
    return "silence " + shown(quality.silence_percent, "%") +
           " is not below 70 %: give segments that fit the speech";
  if (quality.clipping_percent >= 5)
    return "clipping " + shown(quality.clipping_percent, "%") +
           " is not below 5 %: record with less gain";
  if (quality.snr_db <= 10)
    return "SNR " + shown(quality.snr_db, "dB") +
           " is not above 10 dB: record with less background noise";
  return std::nullopt;
}

}  // namespace troupe::voices
