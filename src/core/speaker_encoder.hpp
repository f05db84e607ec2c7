/// Port: audio -> speaker embedding. Implementations: GE2E (voices/), fakes.
#pragma once

#include "core/audio.hpp"
#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe {

class SpeakerEncoder {
 public:
  virtual ~SpeakerEncoder() = default;
  /// @param audio mono, any rate (resampled inside), at least 0.1 s of sound.
  /// @return unit embedding; bad_input when the audio is silent or too short. Thread-safe.
  virtual Result<Embedding> embed(const AudioBuffer& audio) const = 0;
};

}  // namespace troupe
