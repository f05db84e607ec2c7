#include "media/quantize.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::media {

// xorshift64* (Vigna 2016); the standard library's distributions differ between implementations.
float Quantizer::uniform() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  const std::uint64_t bits = (state_ * 0x2545F4914F6CDD1DU) >> 40;
  return static_cast<float>(bits) / 16777216.0F - 0.5F;
}

std::int16_t Quantizer::operator()(float sample) {
  const float noise = uniform() + uniform();
  if (sample == 0 || std::isnan(sample)) return 0;
  const float scaled = std::clamp(sample, -1.0F, 1.0F) * 32768.0F + noise;
  return static_cast<std::int16_t>(std::clamp(std::round(scaled), -32768.0F, 32767.0F));
}

}  // namespace troupe::media
