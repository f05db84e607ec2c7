/// A person's own voice on Kokoro: the style vector whose speech the speaker encoder takes for them
/// (docs/formats/style_encoder.md).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/speech_backend.hpp"
#include "nn/engine.hpp"
#include "troupe/voice.hpp"

namespace troupe::speech {

/// What the decoder reads of a style (timbre); the other half is prosody.
inline constexpr std::size_t kDecoderStyle = 128;

/// Speaker embedding and pitch -> style: learned once (tools/train_style_encoder.py).
class StyleEncoder {
 public:
  explicit StyleEncoder(std::shared_ptr<const nn::Graph> graph) : graph_(std::move(graph)) {}

  /// @param wanted unit embedding. @param low_voice speaks with the lower prosody preset.
  /// @return the decoder half of a style, [128].
  Result<std::vector<float>> style(const Embedding& wanted, double f0_hz, bool low_voice) const;

 private:
  std::shared_ptr<const nn::Graph> graph_;
};

/// Below this median pitch a person gets the lower prosody preset.
bool is_low_voice(double f0_hz);

/// The preset that lends its prosody: one of the language, as high or low as the person.
std::string_view prosody_preset(std::string_view language, bool low_voice);

/// What is listened to while a clone is steered: about 4 s, without a voice yet.
SpeechRequest clone_sentence(std::string_view language);

/// How often it is listened to.
int passes_of(CloneEffort effort);

/// One sentence in a candidate style.
struct HeardClone {
  Embedding embedding{};
  std::optional<double> f0_hz;
};
using ListenToClone =
    std::function<Result<HeardClone>(std::span<const float> decoder_style, float f0_ratio)>;

struct Clone {
  std::vector<float> decoder_style;  ///< [128]
  float f0_ratio = 1;
  std::optional<double> similarity;  ///< of the sentence listened to; absent without passes
};

/// The encoder's answer, then `passes` times: listen, and ask for an embedding shifted by what was
/// missed. The best that was heard is kept, so that more passes never end worse.
/// @param f0_ratio predicted; corrected by what is heard. Deterministic.
Result<Clone> clone_style(const StyleEncoder& encoder, const Embedding& person, double f0_hz,
                          float f0_ratio, int passes, const ListenToClone& listen);

}  // namespace troupe::speech
