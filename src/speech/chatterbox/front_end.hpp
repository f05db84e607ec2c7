/// What Chatterbox's encoders hear: sound -> features, as its Python code computes them (PyPI
/// chatterbox-tts 0.1.7; docs/formats/chatterbox_model.md has the definitions).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::speech::chatterbox {

/// Log mel of the speech tokenizer. @param samples 16 kHz, more than 200.
/// @return [128, samples / 160], row-major: bins first, as the graph takes it.
std::vector<float> tokenizer_mel(std::span<const float> samples);

/// Log mel of S3Gen's prompt. @param samples 24 kHz, more than 720. @return [samples / 480, 80].
std::vector<float> prompt_mel(std::span<const float> samples);

/// What CAMPPlus hears: Kaldi's filter banks less their mean over time.
/// @param samples 16 kHz, 400 at least. @return [frames, 80].
std::vector<float> x_vector_features(std::span<const float> samples);

/// The part between the first and the last frame within 20 dB of the loudest (librosa's trim:
/// frames of 2048 every 512). @param samples 16 kHz.
std::span<const float> without_silent_ends(std::span<const float> samples);

inline constexpr std::int64_t kVoiceFrames = 160, kVoiceBins = 40;
/// Windows of 160 mel power frames every 77; the last one may be padded with zeros if at least 80 %
/// of it is speech. @param samples 16 kHz, more than 200. @return [windows, 160, 40], one at least.
std::vector<float> voice_windows(std::span<const float> samples);

}  // namespace troupe::speech::chatterbox
