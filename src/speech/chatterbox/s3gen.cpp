#include "speech/chatterbox/s3gen.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/counter_random.hpp"
#include "core/try.hpp"
#include "speech/chatterbox/flow.hpp"

namespace troupe::speech::chatterbox {
namespace {

/// Of the prompt, the part that is used: its last tokens.
std::size_t prompt_size(const ChatterboxConditionals& voice, const S3GenSettings& settings) {
  return std::min(voice.prompt_tokens.size(),
                  static_cast<std::size_t>(std::max(0, settings.prompt_tokens)));
}

Result<std::vector<float>> take(nn::Tensors& tensors, const char* name, std::size_t size) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || !found->second.floats() || found->second.floats()->size() != size)
    return fail(Errc::missing_model, std::string("chatterbox: S3Gen's graphs lack the output '") +
                                         name + "' of the right size; export them again");
  return std::get<std::vector<float>>(std::move(found->second.data));
}

std::vector<float> normals(std::size_t count, std::uint64_t seed) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(normal_pair(seed, i / 2)[i % 2]);
  return values;
}

/// Spill-over from the prompt is muted: 20 ms of silence, then 20 ms of a raised cosine.
void fade_in(std::vector<float>& samples) {
  constexpr std::size_t kPart = kSampleRateHz / 50;
  for (std::size_t i = 0; i < std::min(samples.size(), 2 * kPart); ++i) {
    const double angle = std::numbers::pi * (1 - (static_cast<double>(i) - kPart) / (kPart - 1));
    samples[i] *= i < kPart ? 0.0f : static_cast<float>((std::cos(angle) + 1) / 2);
  }
}

}  // namespace

Result<std::unique_ptr<S3Gen>> S3Gen::load(const nn::Engine& engine, const Manifest& manifest,
                                           nn::Precision precision) {
  std::unique_ptr<S3Gen> made(new S3Gen);
  const auto graph = [&](const char* name, nn::Precision in,
                         std::shared_ptr<const nn::Graph>& into) -> Result<void> {
    TROUPE_TRY(const auto path, manifest.graph(name));
    TROUPE_TRY(into, engine.load(path, in));
    return {};
  };
  TROUPE_CHECK(graph("s3gen.encoder", precision, made->encoder_));
  TROUPE_CHECK(graph("s3gen.velocity", precision, made->velocity_));
  TROUPE_CHECK(graph("s3gen.pitch", nn::Precision::f32, made->pitch_));
  TROUPE_CHECK(graph("s3gen.vocoder", precision, made->vocoder_));
  TROUPE_TRY(made->guidance_, manifest.setting("s3gen.guidance"));
  TROUPE_TRY(const double most, manifest.setting("s3gen.most_tokens"));
  TROUPE_TRY(const double bias, manifest.setting("s3gen.source_bias"));
  made->most_tokens_ = static_cast<std::size_t>(most);
  made->source_.bias = static_cast<float>(bias);
  for (std::size_t k = 0; k < made->source_.weight.size(); ++k) {
    TROUPE_TRY(const double weight, manifest.setting("s3gen.source_weight_" + std::to_string(k)));
    made->source_.weight[k] = static_cast<float>(weight);
  }
  return made;
}

Result<std::vector<float>> S3Gen::mel(std::span<const std::int32_t> tokens,
                                      const ChatterboxConditionals& voice, std::vector<float> noise,
                                      const S3GenSettings& settings) const {
  const std::size_t prompt = prompt_size(voice, settings), count = prompt + tokens.size();
  const std::size_t values = 2 * count * kMelBins;
  if (count > most_tokens_)
    return fail(Errc::backend, "chatterbox: " + std::to_string(count) +
                                   " speech tokens with the prompt, at most " +
                                   std::to_string(most_tokens_) + "; split the text");
  if (noise.size() != values ||
      voice.prompt_mel.size() != voice.prompt_tokens.size() * 2 * kMelBins)
    return fail(Errc::internal, "chatterbox: noise or prompt of a size unlike its tokens");
  std::vector<std::int64_t> ids(voice.prompt_tokens.end() - static_cast<std::ptrdiff_t>(prompt),
                                voice.prompt_tokens.end());
  ids.insert(ids.end(), tokens.begin(), tokens.end());
  const auto size = static_cast<std::int64_t>(count);
  TROUPE_TRY(
      nn::Tensors encoded,
      encoder_->run(
          {{"tokens", {{1, size}, std::move(ids)}},
           {"mask", {{1, size}, std::vector<float>(count, 1)}},
           {"x_vector", {{1, static_cast<std::int64_t>(voice.x_vector.size())}, voice.x_vector}}}));
  FlowConditions conditions;
  TROUPE_TRY(conditions.mu, take(encoded, "mu", values));
  TROUPE_TRY(conditions.speaker, take(encoded, "speaker", kMelBins));
  conditions.cond.assign(
      voice.prompt_mel.end() - static_cast<std::ptrdiff_t>(2 * prompt * kMelBins),
      voice.prompt_mel.end());
  conditions.cond.resize(values);
  TROUPE_TRY(std::vector<float> mel,
             solve_flow(*velocity_, conditions, std::move(noise),
                        {settings.cfm_steps, settings.guidance_every, guidance_, settings.workers,
                         settings.running, settings.stop}));
  mel.erase(mel.begin(), mel.begin() + static_cast<std::ptrdiff_t>(2 * prompt * kMelBins));
  return mel;
}

Result<std::vector<float>> S3Gen::wave(std::vector<float> mel, const SourceNoise& noise) const {
  const auto frames = static_cast<std::int64_t>(mel.size()) / kMelBins;
  const auto samples = static_cast<std::size_t>(frames) * kSamplesPerFrame;
  nn::Tensors inputs;
  inputs["mel"] = {{1, frames, kMelBins}, std::move(mel)};
  TROUPE_TRY(nn::Tensors pitch, pitch_->run(inputs));
  TROUPE_TRY(const std::vector<float> f0, take(pitch, "f0", static_cast<std::size_t>(frames)));
  inputs["source"] = {{1, static_cast<std::int64_t>(samples)}, hift_source(f0, source_, noise)};
  TROUPE_TRY(nn::Tensors made, vocoder_->run(inputs));
  TROUPE_TRY(std::vector<float> wave, take(made, "samples", samples));
  if (!std::all_of(wave.begin(), wave.end(), [](float x) { return std::isfinite(x); }))
    return fail(Errc::backend, "chatterbox: the vocoder gave samples that are not numbers");
  fade_in(wave);
  return wave;
}

Result<AudioBuffer> S3Gen::speak(std::span<const std::int32_t> tokens,
                                 const ChatterboxConditionals& voice, std::uint64_t seed,
                                 const S3GenSettings& settings) const {
  std::vector<std::int32_t> speech;
  std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(speech),
               [](std::int32_t token) { return token >= 0 && token < kSpeechCodes; });
  if (speech.empty()) return fail(Errc::backend, "chatterbox: no token of speech to render");
  const std::size_t count = prompt_size(voice, settings) + speech.size();
  TROUPE_TRY(std::vector<float> mel,
             this->mel(speech, voice, normals(2 * count * kMelBins, mix64(seed)), settings));
  TROUPE_TRY(std::vector<float> samples,
             wave(std::move(mel), draw_source_noise(2 * speech.size(), mix64(seed + 1))));
  if (settings.drop_last_token && speech.size() > 1)
    samples.resize(samples.size() - kSamplesPerToken);
  return AudioBuffer{std::move(samples), kSampleRateHz};
}

}  // namespace troupe::speech::chatterbox
