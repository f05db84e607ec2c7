/// Is a reference good enough to clone from? Measured before normalisation (spec V5).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "troupe/voice.hpp"
#include "voices/extract.hpp"
#include "voices/silero_vad.hpp"

namespace troupe::voices {

/// SNR = power in speech frames over power in non-speech frames by voice activity, over the chunks
/// and the audio around them; no non-speech frames at all counts as 60 dB.
Result<VoiceQuality> measure_quality(const SpeakerAudio& speaker, const SileroVad& vad);

/// @return the reason, with figures and remedy, when the gate refuses; else nothing.
std::optional<std::string> gate(const VoiceQuality& quality);

}  // namespace troupe::voices
