#include "dsp/highpass.hpp"

#include <cmath>
#include <numbers>

#include "core/audio.hpp"

namespace troupe::dsp {
namespace {

constexpr double kCutOffHz = 60;

/// One section of second order (R. Bristow-Johnson, Audio EQ Cookbook, high-pass).
void section(std::span<float> samples, double quality) {
  const double turn = 2 * std::numbers::pi * kCutOffHz / kSampleRateHz;
  const double alpha = std::sin(turn) / (2 * quality), a0 = 1 + alpha;
  const double a1 = -2 * std::cos(turn) / a0, a2 = (1 - alpha) / a0;
  const double b0 = (1 + std::cos(turn)) / 2 / a0;
  double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (float& sample : samples) {
    const double x = sample;
    const double y = b0 * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    sample = static_cast<float>(y);
  }
}

}  // namespace

void remove_rumble(std::span<float> samples) {
  section(samples, 0.5412);  // the poles of a Butterworth filter of fourth order
  section(samples, 1.3066);
}

}  // namespace troupe::dsp
