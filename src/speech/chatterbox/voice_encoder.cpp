#include "speech/chatterbox/voice_encoder.hpp"

#include <algorithm>
#include <cmath>

#include "core/try.hpp"
#include "dsp/resample.hpp"
#include "dsp/sinc_resample.hpp"
#include "speech/chatterbox/front_end.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr int kRate16k = 16000;
constexpr std::size_t kTokenSamples = 960, kPromptSamples = 240000;  // 40 ms, 10 s at 24 kHz
constexpr std::size_t kT3Samples = 96000;                            // 6 s at 16 kHz
constexpr std::size_t kTokenizerBins = 128, kFramesPerToken = 4;
// One shape, whatever the length of the reference: kernels are compiled per shape.
constexpr std::int64_t kBatch = 8;
constexpr std::int64_t kLeastSamples = kSampleRateHz / 2;

Result<Tensor> only_output(Result<nn::Tensors> outputs, const std::string& name) {
  if (!outputs) return tl::make_unexpected(std::move(outputs).error());
  const auto found = outputs->find(name);
  if (found == outputs->end())
    return fail(Errc::backend, "chatterbox: a graph gave no '" + name + "'");
  return std::move(found->second);
}

/// @param frames at most, of 10 ms.
Result<std::vector<std::int32_t>> codes(const nn::Graph& graph, std::span<const float> samples,
                                        std::size_t most_frames) {
  const std::vector<float> whole = tokenizer_mel(samples);
  const std::size_t had = whole.size() / kTokenizerBins, frames = std::min(had, most_frames);
  std::vector<float> mel;
  for (std::size_t bin = 0; bin < kTokenizerBins; ++bin)
    mel.insert(mel.end(), whole.begin() + static_cast<std::ptrdiff_t>(bin * had),
               whole.begin() + static_cast<std::ptrdiff_t>(bin * had + frames));
  TROUPE_TRY(
      const Tensor out,
      only_output(
          graph.run({{"log_mel", Tensor({1, kTokenizerBins, static_cast<std::int64_t>(frames)},
                                        std::move(mel))}}),
          "tokens"));
  if (out.ints() == nullptr) return fail(Errc::backend, "chatterbox: speech codes are no integers");
  return std::vector<std::int32_t>(out.ints()->begin(), out.ints()->end());
}

}  // namespace

Result<VoiceEncoder> VoiceEncoder::load(const nn::Engine& engine, const Manifest& manifest) {
  const auto graph = [&](const char* name,
                         nn::CompiledCache cache) -> Result<std::shared_ptr<const nn::Graph>> {
    TROUPE_TRY(const auto path, manifest.graph(std::string("conditionals.") + name));
    return engine.load(path, nn::Precision::f32, cache);
  };
  VoiceEncoder encoder;
  TROUPE_TRY(encoder.voice_, graph("voice_encoder", nn::CompiledCache::never));
  TROUPE_TRY(encoder.tokens_, graph("speech_tokens", nn::CompiledCache::allowed));
  TROUPE_TRY(encoder.x_vector_, graph("x_vector", nn::CompiledCache::allowed));
  return encoder;
}

Result<ChatterboxConditionals> VoiceEncoder::derive(const AudioBuffer& audio) const {
  if (audio.sample_rate_hz != kSampleRateHz || audio.size() < kLeastSamples)
    return fail(Errc::bad_input,
                "chatterbox: a voice needs half a second of audio at 24 kHz; give 6 to 12 s");
  ChatterboxConditionals voice;
  const std::span<const float> samples(audio.samples);
  const std::span<const float> prompt =
      samples.first(std::min(samples.size(), kPromptSamples) / kTokenSamples * kTokenSamples);
  const std::vector<float> prompt_16k = dsp::sinc_resample(prompt, kSampleRateHz, kRate16k);
  TROUPE_TRY(voice.prompt_tokens, codes(*tokens_, prompt_16k, kMaxPrompt * kFramesPerToken));
  voice.prompt_mel = prompt_mel(prompt);
  if (voice.prompt_mel.size() != voice.prompt_tokens.size() * 2 * kPromptBins)
    return fail(Errc::backend, "chatterbox: mel and codes of the prompt differ in length");

  std::vector<float> features = x_vector_features(prompt_16k);
  const auto frames = static_cast<std::int64_t>(features.size()) / kPromptBins;
  TROUPE_TRY(Tensor x_vector,
             only_output(
                 x_vector_->run({{"fbank", Tensor({1, frames, kPromptBins}, std::move(features))}}),
                 "x_vector"));
  if (x_vector.floats() == nullptr || x_vector.size() != kXVectorSize)
    return fail(Errc::backend, "chatterbox: the x-vector is not f32 [192]");
  voice.x_vector = *x_vector.floats();

  TROUPE_TRY(const AudioBuffer all_16k, dsp::resample(audio, kRate16k));
  const std::span<const float> heard(all_16k.samples);
  TROUPE_TRY(voice.t3_prompt_tokens,
             codes(*tokens_, heard.first(std::min(heard.size(), kT3Samples)),
                   kMaxT3Prompt * kFramesPerToken));

  std::vector<float> windows = voice_windows(without_silent_ends(heard));
  constexpr std::size_t kWindow = kVoiceFrames * kVoiceBins;
  const std::size_t count = windows.size() / kWindow;
  std::vector<double> sum(kSpeakerSize, 0);
  for (std::size_t first = 0; first < count; first += kBatch) {
    std::vector<float> batch(kBatch * kWindow, 0.0F);
    const std::size_t used = std::min<std::size_t>(kBatch, count - first);
    std::copy_n(&windows[first * kWindow], used * kWindow, batch.begin());
    TROUPE_TRY(
        const Tensor rows,
        only_output(
            voice_->run({{"mel", Tensor({kBatch, kVoiceFrames, kVoiceBins}, std::move(batch))}}),
            "embedding"));
    if (rows.floats() == nullptr || rows.size() != kBatch * kSpeakerSize)
      return fail(Errc::backend, "chatterbox: the speaker embedding is not f32 [8, 256]");
    for (std::size_t i = 0; i < used * sum.size(); ++i) sum[i % sum.size()] += (*rows.floats())[i];
  }
  double norm = 0;
  for (const double x : sum) norm += x * x;
  if (!(norm > 0) || !std::isfinite(norm))
    return fail(Errc::backend, "chatterbox: the voice encoder gave an embedding without direction");
  for (const double x : sum)
    voice.speaker_embedding.push_back(static_cast<float>(x / std::sqrt(norm)));
  return voice;
}

}  // namespace troupe::speech::chatterbox
