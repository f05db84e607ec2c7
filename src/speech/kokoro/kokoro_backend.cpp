#include "speech/kokoro/kokoro_backend.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <future>
#include <map>
#include <mutex>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "dsp/pitch.hpp"
#include "dsp/spectrum_match.hpp"
#include "speech/kokoro/kokoro_assets.hpp"
#include "speech/kokoro/kokoro_cloning.hpp"
#include "speech/kokoro/kokoro_conditionals.hpp"
#include "speech/kokoro/kokoro_durations.hpp"
#include "speech/kokoro/kokoro_presets.hpp"
#include "speech/kokoro/kokoro_synthesis.hpp"

namespace troupe::speech {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxTokens = 510;
// Word error rates of paced speech stay at those of natural speech inside this range
// (facts of the model, measured on 8 sentences; docs/formats/kokoro_model.md).
constexpr double kPaceMin = 0.8, kPaceMax = 1.4;
// Pieces whose prosody is remembered: those of a message.
constexpr std::size_t kKeptPieces = 64;
// Sentences rendered at once while a clone is made.
constexpr int kListeners = 2;

struct Cloning {
  std::optional<StyleEncoder> style_encoder;
  const SpeakerEncoder* ears = nullptr;
};

class KokoroBackend final : public SpeechBackend {
 public:
  KokoroBackend(fs::path model_dir, KokoroAssets assets, KokoroGraphs graphs, Cloning cloning,
                BackendInfo info)
      : model_dir_(std::move(model_dir)),
        assets_(std::move(assets)),
        synthesis_(std::move(graphs), assets_.source),
        cloning_(std::move(cloning)),
        info_(std::move(info)) {}

  const BackendInfo& info() const noexcept override { return info_; }

  bool speaks(std::string_view language) const noexcept override {
    return kokoro_espeak_voice(language) != nullptr;
  }

  Result<int> text_units(std::string_view text, std::string_view language) const override {
    TROUPE_TRY(const KokoroTokens tokens, tokenise(text, language));
    return static_cast<int>(tokens.ids.size()) - 2;
  }

  /// A clone; a whisper, which has no pitch to follow, gets the nearest preset.
  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort effort) const override {
    if (!reference.f0_hz)
      return preset(nearest_preset(reference.embedding, {}, reference.taken), VoiceKind::preset);
    if (!cloning_.style_encoder || cloning_.ears == nullptr)
      return fail(Errc::internal, "kokoro: loaded without what cloning needs");
    const double f0_hz = *reference.f0_hz;
    const std::string prosody(prosody_preset(reference.target_language, is_low_voice(f0_hz)));
    const ListeningPlan plan = plan_of(effort);
    TROUPE_TRY(const std::vector<Rehearsal> rehearsals,
               rehearse(clone_sentences(reference.target_language).first(plan.sentences),
                        reference.target_language, prosody));
    std::vector<float> f0;
    for (const Rehearsal& rehearsal : rehearsals) {
      const auto& contour = *rehearsal.score.contour.f0.floats();
      f0.insert(f0.end(), contour.begin(), contour.end());
    }
    const std::vector<float> own_f0 = dsp::f0_contour(reference.audio);
    PitchShape pitch = pitch_like(own_f0, f0_hz, f0);
    const auto listen = [&](std::span<const float> style, float f0_ratio) {
      return heard(rehearsals, style, {f0_ratio, pitch.range});
    };
    // Through a telephone everyone sounds like a telephone, to the speaker encoder as well.
    const auto line = dsp::narrow_line(dsp::long_term_spectrum(reference.audio));
    Embedding wanted = reference.embedding;
    if (line && plan.passes > 0) {
      TROUPE_TRY(wanted, without_line(*line, *cloning_.style_encoder, wanted, f0_hz, pitch.ratio,
                                      listen, *cloning_.ears));
    }
    TROUPE_TRY(const Clone clone, clone_style(*cloning_.style_encoder, wanted, f0_hz, pitch.ratio,
                                              plan.passes, listen));
    pitch.ratio = clone.f0_ratio;
    auto conditionals =
        clone_conditionals(info_.model_hash, rehearsals[0].style_with(clone.decoder_style), pitch,
                           pace_like(reference.audio, own_f0));
    conditionals->text["prosody"] = prosody;
    TROUPE_TRY(const auto equaliser, equalise(clone, reference.audio, wanted, *cloning_.ears));
    if (equaliser)
      conditionals->arrays["eq"] = Tensor({std::ssize(equaliser->taps)}, equaliser->taps);
    auto voice = std::make_shared<Voice>();
    voice->kind = VoiceKind::cloned;
    voice->conditionals = std::move(conditionals);
    voice->similarity = equaliser ? equaliser->similarity : clone.similarity;
    return voice;
  }

  Result<VoicePtr> generic_voice(std::string_view language, std::span<const std::string> taken,
                                 std::optional<double> f0_hz) const override {
    return preset(generic_preset(language, f0_hz, taken), VoiceKind::generic);
  }

  std::vector<std::string> presets() const override { return assets_.presets; }

  Result<VoicePtr> preset_voice(const std::string& name) const override {
    if (std::find(assets_.presets.begin(), assets_.presets.end(), name) == assets_.presets.end())
      return fail(Errc::bad_input,
                  "kokoro: no preset voice '" + name + "'; `troupe voice list` names them");
    return preset(name, VoiceKind::preset);
  }

  Result<void> check(const Conditionals& conditionals) const override {
    TROUPE_CHECK(view_kokoro_voice(conditionals, info_.model_hash));
    return {};
  }

  Result<std::optional<std::int64_t>> natural_length(const SpeechRequest& request) const override {
    TROUPE_TRY(const auto prepared, prepare(request));
    return std::optional(
        audible_samples(prepared->prosody.frames, prepared->tokens, request.speed));
  }

  void synthesize(std::span<const SpeechRequest> requests, int workers, std::stop_token stop,
                  const SpeechSink& sink) const override {
    parallel_for(requests.size(), workers, [&](std::size_t i) {
      try {
        sink(i, stop.stop_requested() ? fail(Errc::cancelled, "cancelled") : speak(requests[i]));
      } catch (const std::exception& error) {
        sink(i, fail(Errc::backend, std::string("kokoro: ") + error.what()));
      }
    });
  }

 private:
  struct Prepared {
    std::string text, language;
    std::shared_ptr<const Conditionals> voice;  // owns what `style` points into
    KokoroVoice view;
    KokoroTokens tokens;
    std::span<const float> style;  // the row for this text
    KokoroProsody prosody;
  };

  struct Score {
    std::vector<std::int64_t> durations;
    KokoroContour contour;
  };

  /// A sentence with its prosody set: heard in any timbre at the cost of the generator alone.
  struct Rehearsal {
    std::shared_ptr<const Prepared> prepared;
    Score score;

    std::vector<float> style_with(std::span<const float> timbre) const {
      std::vector<float> style(timbre.begin(), timbre.end());
      style.insert(style.end(), prepared->style.begin() + kDecoderStyle, prepared->style.end());
      return style;
    }
  };

  Result<KokoroTokens> tokenise(std::string_view text, std::string_view language) const {
    TROUPE_TRY(const std::string phonemes, kokoro_phonemes(text, language));
    return kokoro_tokens(phonemes, assets_.vocabulary);
  }

  Result<VoicePtr> preset(const std::string& name, VoiceKind kind) const {
    auto voice = std::make_shared<Voice>();
    voice->kind = kind;
    voice->name = name;
    TROUPE_TRY(voice->conditionals, conditionals_of(name));
    return VoicePtr(std::move(voice));
  }

  /// 0.5 MB, the same for everyone who speaks with this preset; there are 54 at most.
  Result<std::shared_ptr<const Conditionals>> conditionals_of(const std::string& name) const {
    const std::lock_guard lock(packs_mutex_);
    if (const auto found = packs_.find(name); found != packs_.end()) return found->second;
    TROUPE_TRY(Tensor style, load_kokoro_style(model_dir_, name));
    auto conditionals = std::make_shared<Conditionals>();
    conditionals->backend = info_.name;
    conditionals->model_hash = info_.model_hash;
    conditionals->text["preset"] = name;
    conditionals->arrays.emplace("style", std::move(style));
    return packs_.emplace(name, std::move(conditionals)).first->second;
  }

  /// natural_length() and then synthesize() ask for the same prosody, 5 % of a rendering each:
  /// the latest ones are kept (half a megabyte per 100 tokens).
  Result<std::shared_ptr<const Prepared>> prepare(const SpeechRequest& request) const {
    if (!request.voice || !request.voice->conditionals)
      return fail(Errc::internal, "kokoro: a request without a voice");
    {
      const std::lock_guard lock(latest_mutex_);
      for (const auto& kept : latest_)
        if (kept->voice == request.voice->conditionals && kept->text == request.text &&
            kept->language == request.language)
          return kept;
    }
    TROUPE_TRY(auto prepared, compute(request));
    const std::lock_guard lock(latest_mutex_);
    latest_.push_back(prepared);
    if (latest_.size() > kKeptPieces) latest_.pop_front();
    return prepared;
  }

  Result<std::shared_ptr<const Prepared>> compute(const SpeechRequest& request) const {
    const auto prepared = std::make_shared<Prepared>();
    prepared->text = request.text;
    prepared->language = request.language;
    prepared->voice = request.voice->conditionals;
    TROUPE_TRY(prepared->view, view_kokoro_voice(*prepared->voice, info_.model_hash));
    TROUPE_TRY(prepared->tokens, tokenise(request.text, request.language));
    const auto count = static_cast<std::int64_t>(prepared->tokens.ids.size()) - 2;
    if (count > kMaxTokens)
      return fail(Errc::backend, "kokoro: " + std::to_string(count) + " tokens in one piece, " +
                                     std::to_string(kMaxTokens) + " are its limit");
    const KokoroVoice& voice = prepared->view;
    // A clone has one row for texts of any length.
    const auto row = std::clamp<std::size_t>(static_cast<std::size_t>(count), 1,
                                             voice.style.size() / kStyleSize) -
                     1;
    prepared->style = voice.style.subspan(row * kStyleSize, kStyleSize);
    TROUPE_TRY(prepared->prosody, synthesis_.prosody(prepared->tokens, prepared->style));
    for (float& frames : prepared->prosody.frames) frames /= voice.pace;
    return std::shared_ptr<const Prepared>(prepared);
  }

  /// A clone has one style for texts of any length: the mean over the rows for sentences. Rows of
  /// short texts speak up to 20 % faster.
  Result<std::vector<float>> prosody_half(const std::string& name) const {
    constexpr std::int64_t kFirst = 60, kEnd = 140;
    TROUPE_TRY(const auto pack, conditionals_of(name));
    const Tensor& style = pack->arrays.at("style");
    if (style.shape[0] < kEnd)
      return fail(Errc::missing_model, "kokoro: preset " + name + " has too few rows");
    std::vector<float> half(kDecoderStyle, 0.0f);
    for (std::int64_t row = kFirst; row < kEnd; ++row)
      for (std::size_t i = 0; i < half.size(); ++i)
        half[i] += (*style.floats())[static_cast<std::size_t>(row) * 256 + kDecoderStyle + i] /
                   static_cast<float>(kEnd - kFirst);
    return half;
  }

  /// All sentences, side by side: two at once cost less than one after the other on two threads.
  Result<std::vector<Rehearsal>> rehearse(std::span<const std::string_view> texts,
                                          const std::string& language,
                                          const std::string& prosody) const {
    TROUPE_TRY(auto style, prosody_half(prosody));
    style.insert(style.begin(), kDecoderStyle, 0.0f);  // any timbre: prosody does not read it
    auto voice = std::make_shared<Voice>();
    voice->conditionals = clone_conditionals(info_.model_hash, std::move(style), {}, 1);
    std::vector<Result<Rehearsal>> tried(texts.size(), Rehearsal{});
    parallel_for(texts.size(), kListeners, [&](std::size_t i) {
      SpeechRequest request;
      request.text = texts[i];
      request.language = language;
      request.voice = voice;
      tried[i] = rehearse(request);
    });
    std::vector<Rehearsal> rehearsals;
    for (auto& rehearsal : tried) {
      TROUPE_TRY(rehearsals.emplace_back(), std::move(rehearsal));
    }
    return rehearsals;
  }

  Result<Rehearsal> rehearse(const SpeechRequest& request) const {
    Rehearsal rehearsal;
    TROUPE_TRY(rehearsal.prepared, compute(request));
    TROUPE_TRY(rehearsal.score, score_for(*rehearsal.prepared, request));
    return rehearsal;
  }

  /// As rehearse(), in a timbre.
  Result<HeardClone> heard(std::span<const Rehearsal> rehearsals, std::span<const float> timbre,
                           PitchShape pitch) const {
    std::vector<Result<AudioBuffer>> spoken(rehearsals.size(), AudioBuffer{});
    parallel_for(rehearsals.size(), kListeners, [&](std::size_t i) {
      const Rehearsal& rehearsal = rehearsals[i];
      auto rendered =
          synthesis_.render(rehearsal.prepared->prosody, rehearsal.score.durations,
                            rehearsal.score.contour, rehearsal.style_with(timbre), pitch, 0);
      spoken[i] = rendered ? audible_part(*rendered, std::nullopt) : std::move(rendered);
    });
    HeardClone result;
    for (auto& sentence : spoken) {
      TROUPE_TRY(const AudioBuffer audio, std::move(sentence));
      result.audio.samples.insert(result.audio.samples.end(), audio.samples.begin(),
                                  audio.samples.end());
    }
    TROUPE_TRY(result.embedding, cloning_.ears->embed(result.audio));
    result.f0_hz = dsp::median_f0_hz(result.audio);
    return result;
  }

  /// How long tokens last does not tell where their sound ends: that depends on the voice and the
  /// last phoneme. The contour tells, for 3 % of the cost: a wanted length that it shows to be
  /// missed is asked for once more with the miss added.
  Result<Score> score_for(const Prepared& prepared, const SpeechRequest& request) const {
    Score score;
    auto length = request.length;
    for (int round = 0; round < 2; ++round) {
      score.durations =
          choose_durations(prepared.prosody.frames, prepared.tokens, request.speed, length);
      TROUPE_TRY(score.contour,
                 synthesis_.contour(prepared.prosody, score.durations, prepared.style));
      const TimeRange audible = score.contour.audible();
      if (!length || audible.empty()) break;
      const std::int64_t miss = *request.length - (audible.length() + kLeadSamples + kTailSamples);
      if (std::abs(miss) < kSamplesPerFrame) break;
      *length += std::clamp(miss, -kMostCorrection, kMostCorrection);
    }
    return score;
  }

  Result<Utterance> speak(const SpeechRequest& request) const {
    TROUPE_TRY(const auto prepared, prepare(request));
    return speak(*prepared, request);
  }

  Result<Utterance> speak(const Prepared& prepared, const SpeechRequest& request) const {
    TROUPE_TRY(Score score, score_for(prepared, request));
    TROUPE_TRY(AudioBuffer rendered,
               synthesis_.render(prepared.prosody, score.durations, std::move(score.contour),
                                 prepared.style, prepared.view.pitch, request.seed));
    if (!prepared.view.eq.empty()) dsp::apply_filter(rendered.samples, prepared.view.eq);
    Utterance utterance;
    TROUPE_TRY(utterance.audio, audible_part(rendered, request.length));
    utterance.natural_samples =
        request.length ? audible_samples(prepared.prosody.frames, prepared.tokens, request.speed)
                       : utterance.audio.size();
    return utterance;
  }

  fs::path model_dir_;
  KokoroAssets assets_;
  KokoroSynthesis synthesis_;
  Cloning cloning_;
  BackendInfo info_;
  mutable std::mutex latest_mutex_;
  mutable std::deque<std::shared_ptr<const Prepared>> latest_;  // oldest first
  mutable std::mutex packs_mutex_;
  mutable std::map<std::string, std::shared_ptr<const Conditionals>> packs_;
};

}  // namespace

Result<std::shared_ptr<const SpeechBackend>> make_kokoro_backend(const nn::Engine& engine,
                                                                 const fs::path& model_dir,
                                                                 const SpeakerEncoder* encoder) {
  TROUPE_TRY(KokoroAssets assets, load_kokoro_assets(model_dir));
  // The graphs load side by side: one after another they are half of a short job's start.
  const auto load = [&](const char* file, nn::Precision precision) {
    return std::async(std::launch::async, [&engine, path = model_dir / file, precision] {
      return engine.load(path, precision);
    });
  };
  auto prosody = load("prosody.onnx", nn::Precision::f32);
  auto contour = load("contour.onnx", nn::Precision::f32);
  const bool int8 = engine.int8_is_faster();
  auto generator = int8 ? load("generator_int8.onnx", nn::Precision::f32)
                        : load("generator.onnx", nn::Precision::fastest);
  KokoroGraphs graphs;
  TROUPE_TRY(graphs.prosody, prosody.get());
  TROUPE_TRY(graphs.contour, contour.get());
  TROUPE_TRY(graphs.generator, generator.get());
  Cloning cloning;
  if (encoder != nullptr) {
    TROUPE_TRY(auto graph, engine.load(model_dir / "style_encoder.onnx", nn::Precision::f32));
    cloning = {StyleEncoder(std::move(graph)), encoder};
  }
  BackendInfo info;
  info.name = "kokoro";
  info.clones = encoder != nullptr;
  info.model = "Kokoro-82M v1.0 (int8 weights, dequantised)";
  info.model_hash = assets.model_hash;
  info.cloning = kCloneRecipe + assets.style_encoder_hash;
  info.device = engine.device();
  info.precision = int8 ? "int8" : engine.precision_name(nn::Precision::fastest);
  info.threads = engine.threads_per_request();
  info.pace_min = kPaceMin;
  info.pace_max = kPaceMax;
  info.max_text_units = kMaxTokens;
  return std::make_shared<KokoroBackend>(model_dir, std::move(assets), std::move(graphs),
                                         std::move(cloning), std::move(info));
}

}  // namespace troupe::speech
