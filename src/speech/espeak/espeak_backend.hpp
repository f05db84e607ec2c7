/// The last resort: formant synthesis in 100+ languages. Always a generic voice.
#pragma once

#include <memory>

#include "core/speech_backend.hpp"

namespace troupe::speech {

/// @return missing_model when espeak-ng's data is not installed.
Result<std::shared_ptr<const SpeechBackend>> make_espeak_backend();

}  // namespace troupe::speech
