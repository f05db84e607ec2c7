/// A person's own voice on Kokoro: the style vector whose speech the speaker encoder takes for them
/// (docs/formats/style_encoder.md).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/speaker_encoder.hpp"
#include "core/speech_backend.hpp"
#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_synthesis.hpp"
#include "troupe/voice.hpp"

namespace troupe::speech {

/// Raised when clones come out otherwise from the same reference and style encoder.
inline const std::string kCloneRecipe = "5/";

/// How speech in a style sounds to the speaker encoder, learned once
/// (tools/train_style_encoder.py), and solved here for the style of a person.
class StyleEncoder {
 public:
  explicit StyleEncoder(std::shared_ptr<const nn::Graph> graph) : graph_(std::move(graph)) {}

  struct Answer {
    std::vector<float> style;  ///< decoder half, [128]
    Embedding predicted{};     ///< of its speech, shorter than 1 where the networks disagree
  };

  /// Gradient ascent of the cosine of (predicted + missed) to the person, kept near where Kokoro
  /// speaks clearly. @param person unit embedding. @param missed what was heard beyond `predicted`
  /// in an earlier answer; zeros at first. @param low_voice speaks with the lower prosody preset.
  Result<Answer> solve(const Embedding& person, const Embedding& missed, double f0_hz,
                       bool low_voice) const;

 private:
  std::shared_ptr<const nn::Graph> graph_;
};

/// Below this median pitch a person gets the lower prosody preset.
bool is_low_voice(double f0_hz);

/// The preset that lends its prosody: one of the language, as high or low as the person.
std::string_view prosody_preset(std::string_view language, bool low_voice);

/// Pitch and liveliness of a person, laid over what a prosody gives by itself.
/// @param person their dsp::f0_contour(). @param prosody_f0 of some sentences, as
/// KokoroContour::f0.
PitchShape pitch_like(std::span<const float> person, double f0_hz,
                      std::span<const float> prosody_f0);

/// The person's pace over the usual one, which the presets speak at in their languages.
/// @param contour dsp::f0_contour() of the audio. @return factor on the model's own pace.
float pace_like(const AudioBuffer& person, std::span<const float> contour);

/// What is listened to while a clone is steered: four sentences of 4 to 5 s.
std::span<const std::string_view> clone_sentences(std::string_view language);

/// How many of them, and how often. Two short sentences in one voice differ as much as a good clone
/// and a bad one do: more of them count as much as more passes.
struct ListeningPlan {
  std::size_t sentences = 2;
  int passes = 0;
};
ListeningPlan plan_of(CloneEffort effort);

/// The sentences in a candidate style.
struct HeardClone {
  AudioBuffer audio;
  Embedding embedding{};
  std::optional<double> f0_hz;
};
using ListenToClone =
    std::function<Result<HeardClone>(std::span<const float> decoder_style, float f0_ratio)>;

struct Clone {
  std::vector<float> decoder_style;  ///< [128]
  float f0_ratio = 1;
  std::optional<double> similarity;  ///< of the sentence listened to; absent without passes
  AudioBuffer heard;                 ///< that sentence; empty without passes
};

/// The encoder's answer, then `passes` times: listen, and solve again with what was heard beyond
/// the prediction. The best that was heard is kept, so that more passes never end worse.
/// @param f0_ratio predicted; corrected by what is heard. Deterministic.
Result<Clone> clone_style(const StyleEncoder& encoder, const Embedding& person, double f0_hz,
                          float f0_ratio, int passes, const ListenToClone& listen);

/// What the speaker encoder would say to the person without the narrow line that their reference
/// came through: less what the same line does to a clone. @param line taps of dsp::narrow_line().
Result<Embedding> without_line(std::span<const float> line, const StyleEncoder& encoder,
                               const Embedding& person, double f0_hz, float f0_ratio,
                               const ListenToClone& listen, const SpeakerEncoder& ears);

/// Filter from what the clone sounds like over a long time to what the person does. Only where it
/// helps: @return taps and the similarity with them, or nothing when that does not rise, or when
/// the person's spectrum is that of a narrow line.
struct Equaliser {
  std::vector<float> taps;
  double similarity = 0;
};
Result<std::optional<Equaliser>> equalise(const Clone& clone, const AudioBuffer& person,
                                          const Embedding& wanted, const SpeakerEncoder& ears);

}  // namespace troupe::speech
