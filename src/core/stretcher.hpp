/// Port: pitch-preserving time stretch. Implementation chosen on measurement (timing/), fakes.
#pragma once

#include <cstdint>

#include "core/audio.hpp"
#include "troupe/result.hpp"

namespace troupe {

class Stretcher {
 public:
  virtual ~Stretcher() = default;
  /// @param out_samples exact length of the result; out/in within 0.5 .. 2. Thread-safe.
  virtual Result<AudioBuffer> stretch(const AudioBuffer& in, std::int64_t out_samples) const = 0;
};

}  // namespace troupe
