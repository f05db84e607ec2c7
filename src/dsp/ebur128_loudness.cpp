#include <ebur128.h>

#include <algorithm>
#include <cmath>

#include "dsp/loudness.hpp"

namespace troupe::dsp {

struct LoudnessMeter::Impl {
  ~Impl() {
    if (state) ebur128_destroy(&state);
  }
  ebur128_state* state = nullptr;  // null for a shape the library refuses: then nothing is measured
  std::size_t channels = 1;
};

LoudnessMeter::LoudnessMeter(int sample_rate_hz, int channels) : impl_(std::make_unique<Impl>()) {
  if (sample_rate_hz < 1 || channels < 1) return;
  impl_->channels = static_cast<std::size_t>(channels);
  impl_->state =
      ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(sample_rate_hz),
                   EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK);
}
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

double LoudnessMeter::true_peak_dbtp() const {
  double peak = 0;
  for (std::size_t c = 0; impl_->state && c < impl_->channels; ++c) {
    double channel = 0;
    if (ebur128_true_peak(impl_->state, static_cast<unsigned>(c), &channel) == EBUR128_SUCCESS)
      peak = std::max(peak, channel);
  }
  return peak > 1e-6 ? 20 * std::log10(peak) : -120;
}

}  // namespace troupe::dsp
