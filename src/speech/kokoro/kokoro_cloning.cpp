#include "speech/kokoro/kokoro_cloning.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/try.hpp"
#include "dsp/pitch.hpp"
#include "dsp/spectrum_match.hpp"
#include "dsp/syllables.hpp"

namespace troupe::speech {
namespace {

// As in tools/train_style_encoder.py.
constexpr double kLowVoiceHz = 155, kPitchHz = 150;
// As in its solve(); the weights of |z|^2 and of the distance to the start, doubled by the
// gradient.
constexpr int kSteps = 100;
constexpr float kRate = 0.05f, kPrior = 2 * 0.02f / 54, kNear = 2 * 0.003f;
// Part of what is missed is the sentences' own, so only a share of it counts; halved after a pass
// that was no better.
constexpr float kFirstShare = 0.5f, kShrink = 0.5f;
// Gentle: a room and a microphone, not another voice; below this gain it is left out.
constexpr float kMostGainDb = 8;
constexpr double kLeastGain = 0.005;
// Over the 90 people of data/speakers, by dsp/syllables.hpp: 2.97 syllables a second, deviation
// 0.74 between people and 0.45 between the halves of one recording, hence the trust.
constexpr double kUsualRate = 2.97, kRateTrust = 0.6;
// A person's manner may move speech this far from what the model was taught.
constexpr float kLeastPace = 0.9f, kMostPace = 1.12f, kLeastRange = 0.7f, kMostRange = 1.4f;

struct Prosody {
  char letter;
  std::string_view high, low;
};
constexpr Prosody kProsodies[] = {
    {'b', "bf_emma", "bm_george"}, {'e', "ef_dora", "em_alex"},   {'f', "ff_siwis", "ff_siwis"},
    {'h', "hf_alpha", "hm_omega"}, {'i', "if_sara", "im_nicola"}, {'p', "pf_dora", "pm_alex"},
};

Embedding share_of(float share, const Embedding& heard, const Embedding& predicted) {
  Embedding missed{};
  for (std::size_t i = 0; i < missed.size(); ++i) missed[i] = share * (heard[i] - predicted[i]);
  return missed;
}

/// Adam (Kingma and Ba 2015) on the axes of a style.
class Ascent {
 public:
  explicit Ascent(std::vector<float> first)
      : axes_(first), first_(std::move(first)), mean_(axes_.size()), power_(axes_.size()) {}

  const std::vector<float>& axes() const { return axes_; }

  void step(std::span<const float> gradient) {
    mean_left_ *= kMeanDecay, power_left_ *= kPowerDecay;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      const float slope = gradient[i] - kPrior * axes_[i] - kNear * (axes_[i] - first_[i]);
      mean_[i] = kMeanDecay * mean_[i] + (1 - kMeanDecay) * slope;
      power_[i] = kPowerDecay * power_[i] + (1 - kPowerDecay) * slope * slope;
      axes_[i] += kRate * (mean_[i] / (1 - mean_left_)) /
                  (std::sqrt(power_[i] / (1 - power_left_)) + 1e-8f);
    }
  }

 private:
  static constexpr float kMeanDecay = 0.9f, kPowerDecay = 0.999f;
  std::vector<float> axes_, first_, mean_, power_;
  float mean_left_ = 1, power_left_ = 1;
};

float corrected(float ratio, double wanted_hz, std::optional<double> heard_hz) {
  if (!heard_hz || *heard_hz <= 0) return ratio;
  return std::clamp(ratio * static_cast<float>(wanted_hz / *heard_hz), kLeastPitchRatio,
                    kMostPitchRatio);
}

}  // namespace

bool is_low_voice(double f0_hz) { return f0_hz < kLowVoiceHz; }

std::string_view prosody_preset(std::string_view language, bool low_voice) {
  const char letter = language == "en-gb" ? 'b' : language == "en-us" ? 'a' : language.front();
  for (const Prosody& prosody : kProsodies)
    if (prosody.letter == letter) return low_voice ? prosody.low : prosody.high;
  return low_voice ? "am_michael" : "af_heart";
}

PitchShape pitch_like(std::span<const float> person, double f0_hz,
                      std::span<const float> prosody_f0) {
  PitchShape pitch;
  const std::vector<float> voiced = voiced_hz(prosody_f0);
  if (!voiced.empty())
    pitch.ratio = std::clamp(static_cast<float>(f0_hz) / voiced[voiced.size() / 2],
                             kLeastPitchRatio, kMostPitchRatio);
  const auto own = dsp::pitch_range_semitones(person);
  const auto lent = dsp::pitch_range_semitones(prosody_f0);
  if (own && lent && *lent > 0)
    pitch.range = std::clamp(static_cast<float>(*own / *lent), kLeastRange, kMostRange);
  return pitch;
}

float pace_like(const AudioBuffer& person, std::span<const float> contour) {
  const auto rate = dsp::syllables_per_second(person, contour);
  if (!rate) return 1;
  return std::clamp(static_cast<float>(1 + kRateTrust * (*rate / kUsualRate - 1)), kLeastPace,
                    kMostPace);
}

std::span<const std::string_view> clone_sentences(std::string_view language) {
  static constexpr std::array<std::string_view, 4> kEnglish{
      "In the evening we walk slowly home and talk about what the day has brought.",
      "There are fresh plums on the table, so please take as many as you like.",
      "Could you ask your brother whether he has found the other half of the map?",
      "The bridge was closed for a week, but the ferry ran twice every hour."};
  static constexpr std::array<std::string_view, 4> kSpanish{
      "Por la tarde volvemos despacio a casa y hablamos de lo que pasó durante el día.",
      "Hay ciruelas frescas sobre la mesa, así que toma todas las que quieras.",
      "¿Puedes preguntarle a tu hermano si ha encontrado la otra mitad del mapa?",
      "El puente estuvo cerrado una semana, pero el barco salía dos veces por hora."};
  static constexpr std::array<std::string_view, 4> kFrench{
      "Le soir nous rentrons doucement à la maison en parlant de notre longue journée.",
      "Il y a des prunes fraîches sur la table, prends-en autant que tu veux.",
      "Peux-tu demander à ton frère s'il a retrouvé l'autre moitié de la carte ?",
      "Le pont est resté fermé une semaine, mais le bateau partait deux fois par heure."};
  static constexpr std::array<std::string_view, 4> kHindi{
      "शाम को हम धीरे धीरे घर लौटते हैं और दिन भर की बातें करते हैं।",
      "मेज़ पर ताज़े फल रखे हैं, जितने चाहो उतने ले लो।",
      "क्या तुम अपने भाई से पूछ सकते हो कि उसे दूसरी किताब मिली या नहीं?",
      "पुल एक हफ़्ते तक बंद रहा, लेकिन नाव हर घंटे दो बार चलती थी।"};
  static constexpr std::array<std::string_view, 4> kItalian{
      "La sera torniamo piano a casa e parliamo di quello che è successo oggi.",
      "Ci sono prugne fresche sul tavolo, quindi prendine quante ne vuoi.",
      "Puoi chiedere a tuo fratello se ha trovato l'altra metà della mappa?",
      "Il ponte è rimasto chiuso una settimana, ma il traghetto partiva due volte all'ora."};
  static constexpr std::array<std::string_view, 4> kPortuguese{
      "À tarde voltamos devagar para casa e falamos sobre o que aconteceu hoje.",
      "Há ameixas frescas em cima da mesa, então pegue quantas quiser.",
      "Você pode perguntar ao seu irmão se ele achou a outra metade do mapa?",
      "A ponte ficou fechada uma semana, mas a balsa saía duas vezes por hora."};
  if (language == "es") return kSpanish;
  if (language == "fr") return kFrench;
  if (language == "hi") return kHindi;
  if (language == "it") return kItalian;
  if (language == "pt-br") return kPortuguese;
  return kEnglish;
}

ListeningPlan plan_of(CloneEffort effort) {
  switch (effort) {
    case CloneEffort::fast:
      break;
    case CloneEffort::balanced:
      return {4, 2};
    case CloneEffort::best:
      return {4, 8};
  }
  return {};
}

Result<StyleEncoder::Answer> StyleEncoder::solve(const Embedding& person, const Embedding& missed,
                                                 double f0_hz, bool low_voice) const {
  const auto pitch = static_cast<float>(3 * std::log(f0_hz / kPitchHz));
  const auto row = [](std::span<const float> values) {
    return Tensor({1, std::ssize(values)}, std::vector<float>(values.begin(), values.end()));
  };
  nn::Tensors inputs{{"axes", row(std::vector<float>(kDecoderStyle))},
                     {"pitch_and_prosody", row(std::vector{pitch, low_voice ? 1.f : -1.f})},
                     {"embedding", row(person)},
                     {"missed", row(missed)}};
  nn::Tensors outputs;
  const auto output = [&](const char* name, std::size_t size) -> Result<std::vector<float>> {
    const auto found = outputs.find(name);
    if (found == outputs.end() || !found->second.floats() || found->second.floats()->size() != size)
      return fail(Errc::missing_model, "kokoro: the style encoder lacks the f32 output '" +
                                           std::string(name) + "' [1, " + std::to_string(size) +
                                           "]; run `troupe models fetch`");
    return *found->second.floats();
  };
  const auto run = [&](const char* name, std::size_t size) -> Result<std::vector<float>> {
    TROUPE_TRY(outputs, graph_->run(inputs));
    return output(name, size);
  };
  TROUPE_TRY(auto first, run("first", kDecoderStyle));
  Ascent ascent(std::move(first));
  for (int step = 0; step < kSteps; ++step) {
    inputs["axes"] = row(ascent.axes());
    TROUPE_TRY(const auto gradient, run("gradient", kDecoderStyle));
    ascent.step(gradient);
  }
  inputs["axes"] = row(ascent.axes());
  Answer answer;
  TROUPE_TRY(answer.style, run("style", kDecoderStyle));
  TROUPE_TRY(const auto predicted, output("predicted", answer.predicted.size()));
  std::copy(predicted.begin(), predicted.end(), answer.predicted.begin());
  return answer;
}

Result<Clone> clone_style(const StyleEncoder& encoder, const Embedding& person, double f0_hz,
                          float f0_ratio, int passes, const ListenToClone& listen) {
  const bool low = is_low_voice(f0_hz);
  TROUPE_TRY(StyleEncoder::Answer answer, encoder.solve(person, {}, f0_hz, low));
  Clone best;
  best.f0_ratio = f0_ratio;
  best.decoder_style = answer.style;

  Embedding best_heard{}, best_predicted{};
  float share = kFirstShare;
  for (int pass = 0; pass < passes; ++pass) {
    TROUPE_TRY(HeardClone heard, listen(answer.style, f0_ratio));
    const double similarity = cosine(heard.embedding, person);
    f0_ratio = corrected(f0_ratio, f0_hz, heard.f0_hz);
    if (!best.similarity || similarity > *best.similarity) {
      best = {answer.style, f0_ratio, similarity, std::move(heard.audio)};
      best_heard = heard.embedding;
      best_predicted = answer.predicted;
    } else {
      share *= kShrink;
    }
    if (pass + 1 == passes) break;
    TROUPE_TRY(answer,
               encoder.solve(person, share_of(share, best_heard, best_predicted), f0_hz, low));
  }
  return best;
}

Result<Embedding> without_line(std::span<const float> line, const StyleEncoder& encoder,
                               const Embedding& person, double f0_hz, float f0_ratio,
                               const ListenToClone& listen, const SpeakerEncoder& ears) {
  TROUPE_TRY(const auto first, encoder.solve(person, {}, f0_hz, is_low_voice(f0_hz)));
  TROUPE_TRY(const HeardClone clear, listen(first.style, f0_ratio));
  AudioBuffer narrow = clear.audio;
  dsp::apply_filter(narrow.samples, line);
  TROUPE_TRY(const Embedding heard, ears.embed(narrow));
  Embedding wanted = person;
  double power = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] -= heard[i] - clear.embedding[i];
    power += static_cast<double>(wanted[i]) * wanted[i];
  }
  const auto scale = static_cast<float>(1 / std::sqrt(std::max(power, 1e-12)));
  for (float& value : wanted) value *= scale;
  return wanted;
}

Result<std::optional<Equaliser>> equalise(const Clone& clone, const AudioBuffer& person,
                                          const Embedding& wanted, const SpeakerEncoder& ears) {
  if (!clone.similarity) return std::optional<Equaliser>();
  const dsp::BandLevels wanted_levels = dsp::long_term_spectrum(person);
  if (dsp::narrow_line(wanted_levels)) return std::optional<Equaliser>();
  Equaliser found;
  found.taps =
      dsp::matching_filter(dsp::long_term_spectrum(clone.heard), wanted_levels, kMostGainDb);
  AudioBuffer filtered = clone.heard;
  dsp::apply_filter(filtered.samples, found.taps);
  TROUPE_TRY(const Embedding heard, ears.embed(filtered));
  found.similarity = cosine(heard, wanted);
  if (found.similarity < *clone.similarity + kLeastGain) return std::optional<Equaliser>();
  return std::optional(std::move(found));
}

}  // namespace troupe::speech
