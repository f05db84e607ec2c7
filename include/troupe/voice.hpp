/// A voice: what a backend needs to speak as one person. Immutable after construction and shared by
/// `VoicePtr`; a synthesis call is given its voice, there is no "current voice" anywhere, so no
/// lock.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "troupe/tensor.hpp"

namespace troupe {

/// GE2E speaker embedding, L2 norm 1 (Wan et al. 2018; Resemblyzer weights).
using Embedding = std::array<float, 256>;

/// Cosine of two unit embeddings, -1 .. 1.
inline float cosine(const Embedding& a, const Embedding& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// What a backend derives once per speaker. Serialises to safetensors (docs/formats/voice.md).
struct Conditionals {
  int format_version = 1;
  std::string backend;         ///< kokoro, chatterbox, espeak
  std::string model_hash;      ///< SHA-256 of the backend's model; foreign ones are refused
  std::string reference_hash;  ///< SHA-256 of the reference audio, empty for a preset
  std::int64_t created_unix_s = 0;
  std::map<std::string, std::string> text;  ///< further metadata (e.g. "preset": "ff_siwis")
  std::map<std::string, Tensor> arrays;     ///< kokoro: style, f0_ratio, optional eq
};

/// Quality of a reference, measured before normalisation (spec V5).
struct VoiceQuality {
  double snr_db = 0;
  double clipping_percent = 0;
  double silence_percent = 0;
  double speech_rms_dbfs = -120;
  std::int64_t speech_ms = 0;
  double score = 0;  ///< 0 .. 1
};

enum class VoiceKind {
  cloned,   ///< conditionals derived from the person's own audio
  preset,   ///< a stock voice chosen because it resembles the person
  generic,  ///< a stock voice without resemblance: the reference failed the gate or cloning failed
};

struct Voice {
  VoiceKind kind = VoiceKind::generic;
  std::string name;  ///< preset or named voice, else the cache key
  std::shared_ptr<const Conditionals> conditionals;
  std::optional<Embedding> embedding;  ///< of the person's reference; absent for generic voices
  std::optional<double> f0_hz;         ///< median pitch of the reference
  std::optional<VoiceQuality> quality;
  /// Cosine of the voice's own speech to the reference, where it was measured when made.
  std::optional<double> similarity;
};
using VoicePtr = std::shared_ptr<const Voice>;

}  // namespace troupe
