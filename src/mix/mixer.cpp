#include "mix/mixer.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "dsp/limiter.hpp"
#include "dsp/loudness.hpp"
#include "dsp/resample.hpp"
#include "mix/ducking.hpp"
#include "mix/levels.hpp"
#include "mix/onsets.hpp"

namespace troupe::mix {
namespace {

constexpr double kNoLoudness = -70;  // the gate of BS.1770-4, reported for silence
constexpr MixFormat kAlone{kSampleRateHz, 1};
constexpr MixFormat kOverBackground{2 * kSampleRateHz, 2};

using Stems = std::span<const std::pair<std::string, AudioWriter*>>;

/// Limits, measures where asked, and writes one track.
class Track {
 public:
  Track(AudioWriter& writer, MixFormat format, double ceiling_dbtp)
      : writer_(writer), limiter_(format.sample_rate_hz, format.channels, ceiling_dbtp) {}
  virtual ~Track() = default;

  Result<void> push(std::span<const float> interleaved) {
    ready_.clear();
    limiter_.push(interleaved, ready_);
    return write();
  }
  Result<void> finish() {
    ready_.clear();
    limiter_.finish(ready_);
    return write();
  }

 protected:
  virtual void written(std::span<const float>) {}

 private:
  Result<void> write() {
    if (ready_.empty()) return {};
    written(ready_);
    return writer_.write(ready_);
  }

  AudioWriter& writer_;
  dsp::Limiter limiter_;
  std::vector<float> ready_;
};

class MainTrack final : public Track {
 public:
  MainTrack(const MixRequest& request, AudioWriter& writer, MixFormat format)
      : Track(writer, format, request.ceiling_dbtp),
        meter_(format.sample_rate_hz, format.channels),
        onsets_(request),
        mono_(format.channels == 1) {}

  DubStream::OnTurn on_turn() {
    return [this](std::size_t turn, std::span<const float> samples) {
      onsets_.turn_added(turn, samples);
    };
  }
  MixResult result() {
    return {.loudness_lufs = meter_.integrated_lufs().value_or(kNoLoudness),
            .true_peak_dbtp = meter_.true_peak_dbtp(),
            .onsets = onsets_.take()};
  }

 protected:
  void written(std::span<const float> samples) override {
    meter_.push(samples);
    if (mono_) onsets_.track_written(samples);
  }

 private:
  dsp::LoudnessAndPeakMeter meter_;
  OnsetFinder onsets_;
  bool mono_;
};

/// The dub in windows; each speaker's stem is written as it goes by.
class DubWithStems {
 public:
  DubWithStems(const MixRequest& request, const Gains& gains, Stems stems,
               DubStream::OnTurn on_turn, std::stop_token stop)
      : left_(request.length),
        stop_(std::move(stop)),
        dub_(request, gains, names(stems), std::move(on_turn)) {
    for (const auto& [speaker, writer] : stems)
      stems_.emplace_back(*writer, kAlone, request.ceiling_dbtp);
  }

  std::int64_t left() const { return left_; }

  Result<std::span<const float>> next() {
    if (stop_.stop_requested()) return fail(Errc::cancelled, "mix: cancelled", "mix");
    const std::int64_t count = std::min(kWindow, left_);
    TROUPE_CHECK(dub_.next(count));
    for (std::size_t i = 0; i < stems_.size(); ++i) TROUPE_CHECK(stems_[i].push(dub_.stem(i)));
    left_ -= count;
    if (left_ == 0)
      for (Track& stem : stems_) TROUPE_CHECK(stem.finish());
    return std::span<const float>(dub_.track());
  }

 private:
  static std::vector<std::string> names(Stems stems) {
    std::vector<std::string> made;
    for (const auto& [speaker, writer] : stems) made.push_back(speaker);
    return made;
  }

  std::int64_t left_;
  std::stop_token stop_;
  DubStream dub_;
  std::vector<Track> stems_;
};

Result<void> write_alone(DubWithStems& dub, MainTrack& track) {
  while (dub.left() > 0) {
    TROUPE_TRY(const auto window, dub.next());
    TROUPE_CHECK(track.push(window));
  }
  return track.finish();
}

/// Adds the dub to the background's blocks as the decoder hands them over.
class OverBackground {
 public:
  OverBackground(const MixRequest& request, DubWithStems& dub, MainTrack& track,
                 dsp::StreamResampler upsampler)
      : frames_(2 * request.length),
        dub_(dub),
        track_(track),
        upsampler_(std::move(upsampler)),
        ducking_(request.turns) {}

  std::int64_t frames_left() const { return frames_ - done_; }

  /// What lies past the end of the track is ignored.
  Result<void> push(std::span<const float> stereo) {
    const std::int64_t frames =
        std::min(static_cast<std::int64_t>(stereo.size()) / 2, frames_left());
    TROUPE_CHECK(upsample(static_cast<std::size_t>(frames)));
    mixed_.resize(static_cast<std::size_t>(2 * frames));
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      const float under =
          ducking_.gain(0.5 * static_cast<double>(done_ + static_cast<std::int64_t>(i)));
      mixed_[2 * i] = speech_[i] + under * stereo[2 * i];
      mixed_[2 * i + 1] = speech_[i] + under * stereo[2 * i + 1];
    }
    speech_.erase(speech_.begin(), speech_.begin() + frames);
    done_ += frames;
    return track_.push(mixed_);
  }

 private:
  Result<void> upsample(std::size_t frames) {
    while (speech_.size() < frames) {
      if (dub_.left() == 0) return fail(Errc::internal, "mix: the resampler lost samples", "mix");
      TROUPE_TRY(const auto window, dub_.next());
      TROUPE_CHECK(upsampler_.push(window, speech_));
      if (dub_.left() == 0) TROUPE_CHECK(upsampler_.push({}, speech_));
    }
    return {};
  }

  std::int64_t frames_, done_ = 0;
  DubWithStems& dub_;
  MainTrack& track_;
  dsp::StreamResampler upsampler_;
  Ducking ducking_;
  std::vector<float> speech_;  // 48 kHz, from frame done_ on
  std::vector<float> mixed_;
};

Result<void> write_over_background(const MixRequest& request, DubWithStems& dub, MainTrack& track,
                                   std::stop_token stop) {
  TROUPE_TRY(auto upsampler,
             dsp::StreamResampler::create(kSampleRateHz, kOverBackground.sample_rate_hz, 1));
  OverBackground over(request, dub, track, std::move(upsampler));
  const BackgroundSource& background = *request.background;
  TROUPE_CHECK(background.media->decode(
      background.path, {kOverBackground.sample_rate_hz, kOverBackground.channels},
      [&](std::span<const float> block) { return over.push(block); }, stop));
  const std::vector<float> silence(static_cast<std::size_t>(4 * kWindow), 0.0f);
  while (over.frames_left() > 0) TROUPE_CHECK(over.push(silence));
  return track.finish();
}

Result<void> check(const MixRequest& request) {
  std::int64_t before = 0;
  for (const PlacedTurn& turn : request.turns) {
    if (turn.start < before || turn.length < 0 || turn.start + turn.length > request.length)
      return fail(Errc::internal,
                  "mix: turn " + std::to_string(turn.index) + " at " + std::to_string(turn.start) +
                      " + " + std::to_string(turn.length) +
                      " samples is out of order or past the track's end " +
                      std::to_string(request.length),
                  "mix", turn.index);
    before = turn.start;
  }
  return {};
}

}  // namespace

MixFormat mix_format(const MixRequest& request) {
  return request.background ? kOverBackground : kAlone;
}

Result<MixResult> mix(const MixRequest& request, AudioWriter& out,
                      std::span<const std::pair<std::string, AudioWriter*>> stems,
                      std::stop_token stop) {
  TROUPE_CHECK(check(request));
  TROUPE_TRY(Gains gains, level_speakers(request, stop));
  TROUPE_CHECK(level_whole(request, gains, stop));

  MainTrack track(request, out, mix_format(request));
  DubWithStems dub(request, gains, stems, track.on_turn(), stop);
  TROUPE_CHECK(request.background ? write_over_background(request, dub, track, stop)
                                  : write_alone(dub, track));
  return track.result();
}

}  // namespace troupe::mix
