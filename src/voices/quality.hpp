/// Is a reference good enough to clone from? Measured before normalisation (spec V5).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "troupe/voice.hpp"
#include "voices/extract.hpp"
#include "voices/silero_vad.hpp"

namespace troupe::voices {

/// Over 32 ms frames of the chunks and the audio around them, without what lies below 60 Hz; speech
/// is activity of 0.5 or more, non-speech the rest but for the frame before speech begins.
///  - snr_db: mean power of speech frames, less their share of noise, over median power of
///    non-speech frames (the median, for the model misses a soft sound now and then), -20 .. 60; no
///    non-speech frames at all, or digital silence between words, count as 60 dB
///  - clipping_percent: samples at |x| >= 0.999 in runs of two or more (one alone is just a peak)
///  - silence_percent, speech_ms, speech_rms_dbfs: of the chunks alone
///  - score: 0.4 snr/40 dB + 0.3 speech/6 s + 0.1 (1 - clipping/5 %) + 0.1 (1 - silence/70 %)
///    + 0.1 (rms + 50)/25 dB, each term held to 0 .. 1
Result<VoiceQuality> measure_quality(const SpeakerAudio& speaker, const SileroVad& vad);

/// The same without a model: a frame is speech when its level is in the upper half, in dB, of what
/// the audio spans. Good enough for synthetic tests, not for real rooms.
VoiceQuality measure_quality_by_energy(const SpeakerAudio& speaker);

/// Spec V5: SNR > 10 dB, clipping < 5 %, silence < 70 %, speech above -50 dBFS, at least 1 s of it.
/// @return the reason, with figures and remedy, when the gate refuses; else nothing.
std::optional<std::string> gate(const VoiceQuality& quality);

}  // namespace troupe::voices
