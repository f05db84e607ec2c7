/// Voice activity: Silero VAD (MIT, snakers4/silero-vad), 16 kHz, 32 ms frames.
#pragma once

#include <memory>
#include <vector>

#include "core/audio.hpp"
#include "nn/engine.hpp"

namespace troupe::voices {

class SileroVad {
 public:
  explicit SileroVad(std::shared_ptr<const nn::Graph> graph) : graph_(std::move(graph)) {}
  /// @param audio mono, any rate. @return speech probability of each 32 ms frame. Thread-safe.
  Result<std::vector<float>> probabilities(const AudioBuffer& audio) const;

 private:
  std::shared_ptr<const nn::Graph> graph_;
};

}  // namespace troupe::voices
