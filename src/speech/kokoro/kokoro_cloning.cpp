#include "speech/kokoro/kokoro_cloning.hpp"

#include <algorithm>
#include <cmath>

#include "core/try.hpp"

namespace troupe::speech {
namespace {

// As in tools/train_style_encoder.py.
constexpr double kLowVoiceHz = 155, kPitchHz = 150;
// The shift is halved after a pass that was no better: the answer was too far from what was asked.
constexpr double kFirstShift = 1.0, kShrink = 0.5;
// Legal range of the generator's pitch: beyond it the source no longer sounds like a voice.
constexpr float kLeastRatio = 0.4f, kMostRatio = 2.2f;

struct Prosody {
  char letter;
  std::string_view high, low;
};
constexpr Prosody kProsodies[] = {
    {'b', "bf_emma", "bm_george"}, {'e', "ef_dora", "em_alex"},   {'f', "ff_siwis", "ff_siwis"},
    {'h', "hf_alpha", "hm_omega"}, {'i', "if_sara", "im_nicola"}, {'p', "pf_dora", "pm_alex"},
};

Embedding shifted(const Embedding& asked, const Embedding& person, const Embedding& heard,
                  double share) {
  Embedding result{};
  double norm = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double value = asked[i] + share * (person[i] - heard[i]);
    result[i] = static_cast<float>(value);
    norm += value * value;
  }
  for (float& value : result) value /= static_cast<float>(std::sqrt(std::max(norm, 1e-12)));
  return result;
}

float corrected(float ratio, double wanted_hz, std::optional<double> heard_hz) {
  if (!heard_hz || *heard_hz <= 0) return ratio;
  return std::clamp(ratio * static_cast<float>(wanted_hz / *heard_hz), kLeastRatio, kMostRatio);
}

}  // namespace

bool is_low_voice(double f0_hz) { return f0_hz < kLowVoiceHz; }

std::string_view prosody_preset(std::string_view language, bool low_voice) {
  const char letter = language == "en-gb" ? 'b' : language == "en-us" ? 'a' : language.front();
  for (const Prosody& prosody : kProsodies)
    if (prosody.letter == letter) return low_voice ? prosody.low : prosody.high;
  return low_voice ? "am_michael" : "af_heart";
}

SpeechRequest clone_sentence(std::string_view language) {
  struct Sentence {
    std::string_view language, text;
  };
  static constexpr Sentence kSentences[] = {
      {"es", "Por la tarde volvemos despacio a casa y hablamos de lo que pasó durante el día."},
      {"fr", "Le soir nous rentrons doucement à la maison en parlant de notre longue journée."},
      {"hi", "शाम को हम धीरे धीरे घर लौटते हैं और दिन भर की बातें करते हैं।"},
      {"it", "La sera torniamo piano a casa e parliamo di quello che è successo oggi."},
      {"pt-br", "À tarde voltamos devagar para casa e falamos sobre o que aconteceu hoje."},
  };
  SpeechRequest request;
  request.language = language;
  request.text = "In the evening we walk slowly home and talk about what the day has brought.";
  for (const Sentence& sentence : kSentences)
    if (sentence.language == language) request.text = sentence.text;
  return request;
}

int passes_of(CloneEffort effort) {
  switch (effort) {
    case CloneEffort::fast:
      return 0;
    case CloneEffort::balanced:
      return 5;
    case CloneEffort::best:
      return 20;
  }
  return 0;
}

Result<std::vector<float>> StyleEncoder::style(const Embedding& wanted, double f0_hz,
                                               bool low_voice) const {
  const float pitch = static_cast<float>(3 * std::log(f0_hz / kPitchHz));
  TROUPE_TRY(nn::Tensors outputs,
             graph_->run(
                 {{"embedding", Tensor({1, 256}, std::vector<float>(wanted.begin(), wanted.end()))},
                  {"pitch_and_prosody",
                   Tensor({1, 2}, std::vector<float>{pitch, low_voice ? 1.f : -1.f})}}));
  const auto found = outputs.find("style");
  if (found == outputs.end() || !found->second.floats() ||
      found->second.floats()->size() != kDecoderStyle)
    return fail(Errc::missing_model,
                "kokoro: the style encoder lacks the f32 output 'style' [1, 128]; run `troupe "
                "models fetch`");
  return *found->second.floats();
}

Result<Clone> clone_style(const StyleEncoder& encoder, const Embedding& person, double f0_hz,
                          float f0_ratio, int passes, const ListenToClone& listen) {
  const bool low = is_low_voice(f0_hz);
  Clone best;
  best.f0_ratio = f0_ratio;
  TROUPE_TRY(best.decoder_style, encoder.style(person, f0_hz, low));

  Embedding asked = person, best_asked = person, best_heard{};
  double share = kFirstShift;
  std::vector<float> candidate = best.decoder_style;
  for (int pass = 0; pass < passes; ++pass) {
    TROUPE_TRY(const HeardClone heard, listen(candidate, f0_ratio));
    const double similarity = cosine(heard.embedding, person);
    f0_ratio = corrected(f0_ratio, f0_hz, heard.f0_hz);
    if (!best.similarity || similarity > *best.similarity) {
      best = {candidate, f0_ratio, similarity};
      best_asked = asked;
      best_heard = heard.embedding;
    } else {
      share *= kShrink;
    }
    if (pass + 1 == passes) break;
    asked = shifted(best_asked, person, best_heard, share);
    TROUPE_TRY(candidate, encoder.style(asked, f0_hz, low));
  }
  return best;
}

}  // namespace troupe::speech
