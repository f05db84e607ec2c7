/// f32 -> 16 bit with triangular dither.
#pragma once

#include <cstdint>

namespace troupe::media {

/// Rounds to 16 bit after adding triangular (TPDF) noise of +-1 step (Lipshitz, Wannamaker,
/// Vanderkooy 1992, JAES 40(5)), so that the error is noise and not distortion. The noise comes
/// from a fixed seed: the same samples give the same file. Exact zeros stay zero, so that pauses
/// are silent; 1.0 = 32768 steps, held at the ends of the range; NaN becomes 0.
class Quantizer {
 public:
  std::int16_t operator()(float sample);

 private:
  float uniform();  // [-0.5, 0.5)
  std::uint64_t state_ = 0x9E3779B97F4A7C15U;
};

}  // namespace troupe::media
