#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/loudness.hpp"

namespace troupe::dsp {

struct LoudnessMeter::Impl {
  Impl(int sample_rate_hz, int channel_count, int mode) {
    if (sample_rate_hz < 1 || channel_count < 1) return;
    channels = static_cast<std::size_t>(channel_count);
    state = ebur128_init(static_cast<unsigned>(channel_count),
                         static_cast<unsigned long>(sample_rate_hz), mode);
  }
  Impl(const Impl&) = delete;
  ~Impl() {
    if (state) ebur128_destroy(&state);
  }
  ebur128_state* state = nullptr;  // null for a shape the library refuses: then nothing is measured
  std::size_t channels = 1;
};

LoudnessMeter::LoudnessMeter(int sample_rate_hz, int channels)
    : LoudnessMeter(std::make_unique<Impl>(sample_rate_hz, channels, EBUR128_MODE_I)) {}
LoudnessMeter::LoudnessMeter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::push(std::span<const float> interleaved) {
  if (impl_->state)
    ebur128_add_frames_float(impl_->state, interleaved.data(),
                             interleaved.size() / impl_->channels);
}

std::optional<double> LoudnessMeter::integrated_lufs() const {
  double lufs = 0;
  if (!impl_->state || ebur128_loudness_global(impl_->state, &lufs) != EBUR128_SUCCESS ||
      !std::isfinite(lufs))
    return std::nullopt;
  return lufs;
}

LoudnessAndPeakMeter::LoudnessAndPeakMeter(int sample_rate_hz, int channels)
    : LoudnessMeter(std::make_unique<Impl>(sample_rate_hz, channels,
                                           EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK)) {}

double LoudnessAndPeakMeter::true_peak_dbtp() const {
  double peak = 0;
  for (std::size_t c = 0; impl_->state && c < impl_->channels; ++c) {
    double channel = 0;
    if (ebur128_true_peak(impl_->state, static_cast<unsigned>(c), &channel) == EBUR128_SUCCESS)
      peak = std::max(peak, channel);
  }
  return peak > 1e-6 ? 20 * std::log10(peak) : -120;
}

}  // namespace troupe::dsp
