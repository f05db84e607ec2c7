/// One speaker's audio -> the reference that a backend clones from, or the reason against it.
#pragma once

#include <optional>
#include <string>

#include "core/speech_backend.hpp"
#include "voices/builder.hpp"

namespace troupe::voices {

struct PreparedReference {
  std::optional<VoiceReference> reference;  ///< absent when refused; `taken` is left empty
  std::optional<VoiceQuality> quality;
  std::optional<double> f0_hz;
  std::string reason;  ///< why refused; else empty
};

/// SHA-256 of the extracted chunks: positions do not count, samples and where they join do.
std::string reference_hash(const SpeakerAudio& speaker);

/// Key of an automatic voice (spec V7).
std::string voice_key(const std::string& reference_hash, const BackendInfo& backend,
                      CloneEffort effort, const std::string& language);

/// Gate, isolation, embedding, pitch. Never fails: what goes wrong becomes the reason.
PreparedReference prepare_reference(const SpeakerAudio& speaker, std::string reference_hash,
                                    const std::string& language, const BuilderPorts& ports);

}  // namespace troupe::voices
