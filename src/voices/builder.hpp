/// Every speaker's audio -> one immutable Voice each, computed once, speakers in parallel.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/speaker_encoder.hpp"
#include "core/speech_backend.hpp"
#include "core/voice_store.hpp"
#include "troupe/job.hpp"
#include "voices/extract.hpp"
#include "voices/silero_vad.hpp"

namespace troupe::voices {

struct SpeakerVoice {
  std::string speaker_id;
  VoicePtr voice;
  std::optional<Embedding> reference_embedding;  ///< judge of the dubbed speech
  std::optional<VoiceQuality> quality;
  bool reused = false;  ///< from the store or given by the user
  bool conditionals_computed = false;
  double made_in_ms = 0;  ///< by the backend, once the reference was ready
  std::string reason;     ///< why generic; else empty
  std::string warning;    ///< e.g. the voice could not be kept for next time; else empty
};

struct BuilderPorts {
  const SpeechBackend& backend;
  const SpeakerEncoder& encoder;
  const SileroVad* vad;  ///< null only in tests: then the quality gate takes energy instead
  VoiceStore& store;
  const Clock& clock;
};

/// In the order of `speakers`. A speaker whose reference fails the gate, isolation or cloning gets
/// a generic voice with the reason; errors are `cancelled`, a broken user voice, and a backend that
/// has no generic voice either. A generic voice is never stored.
/// Deterministic: presets are handed out in the order of `speakers` whatever finishes first.
Result<std::vector<SpeakerVoice>> build_voices(const Job& job, const std::string& language,
                                               std::span<const SpeakerAudio> speakers,
                                               const BuilderPorts& ports, int workers,
                                               std::stop_token stop);

}  // namespace troupe::voices
