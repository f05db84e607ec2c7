/// A person's audio -> conditionals. Not the GE2E encoder of voices/: this one's weights are
/// Chatterbox's own.
#pragma once

#include <memory>

#include "core/audio.hpp"
#include "nn/engine.hpp"
#include "speech/chatterbox/conditionals.hpp"
#include "speech/chatterbox/manifest.hpp"

namespace troupe::speech::chatterbox {

/// Immutable; any number of speakers at once.
class VoiceEncoder {
 public:
  /// @return missing_model as Engine::load.
  static Result<VoiceEncoder> load(const nn::Engine& engine, const Manifest& manifest);

  /// As ChatterboxMultilingualTTS.prepare_conditionals of the reference: the first 10 s are S3Gen's
  /// prompt (a whole number of 40 ms, where the reference leaves mel and codes of unequal length),
  /// the first 6 s T3's, all of it the speaker embedding.
  /// @param audio mono 24 kHz, half a second at least. Levels are taken as they are.
  /// @return bad_input when it is too short.
  Result<ChatterboxConditionals> derive(const AudioBuffer& audio) const;

 private:
  std::shared_ptr<const nn::Graph> voice_, tokens_, x_vector_;
};

}  // namespace troupe::speech::chatterbox
