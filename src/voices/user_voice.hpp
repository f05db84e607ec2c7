/// The voice that a job brings along for its own user (spec V2).
#pragma once

#include "core/speech_backend.hpp"
#include "core/voice_store.hpp"
#include "troupe/job.hpp"

namespace troupe::voices {

/// Nothing is computed. @return bad_input when the voice is unknown, damaged or belongs to another
/// backend or model.
Result<VoicePtr> load_user_voice(const UserVoice& user, const SpeechBackend& backend,
                                 const VoiceStore& store);

}  // namespace troupe::voices
