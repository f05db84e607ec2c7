#include "speech/kokoro/kokoro_synthesis.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/try.hpp"
#include "dsp/onset.hpp"

namespace troupe::speech {
namespace {

Tensor style_tensor(std::span<const float> style) {
  return {{1, static_cast<std::int64_t>(style.size())},
          std::vector<float>(style.begin(), style.end())};
}

/// Repeats column i of [1, channels, n] durations[i] times: the alignment of tokens to frames.
Tensor expand(const Tensor& features, std::span<const std::int64_t> durations,
              std::int64_t frames) {
  const std::int64_t channels = features.shape[1], tokens = features.shape[2];
  std::vector<float> out(static_cast<std::size_t>(channels * frames));
  const float* in = features.floats()->data();
  float* at = out.data();
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t token = 0; token < tokens; ++token)
      at =
          std::fill_n(at, durations[static_cast<std::size_t>(token)], in[channel * tokens + token]);
  return {{1, channels, frames}, std::move(out)};
}

Result<Tensor> take(nn::Tensors& tensors, const char* name, std::size_t dimensions) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || !found->second.floats() || found->second.shape.size() != dimensions)
    return fail(Errc::missing_model, std::string("kokoro: the graph lacks the f32 output '") +
                                         name + "'; run `troupe models fetch`");
  return std::move(found->second);
}

void shape_pitch(KokoroContour& contour, PitchShape pitch) {
  const std::vector<float> voiced = voiced_hz(*contour.f0.floats());
  const float median = voiced.empty() ? 1 : voiced[voiced.size() / 2];
  for (float& hz : std::get<std::vector<float>>(contour.f0.data)) {
    if (pitch.range != 1 && !voiced.empty() && hz >= voiced.front())
      hz = median * std::pow(hz / median, pitch.range);
    hz *= pitch.ratio;
  }
}

}  // namespace

std::vector<float> voiced_hz(std::span<const float> f0) {
  constexpr float kSilentHz = 40, kLeastShare = 0.65f;
  std::vector<float> voiced;
  for (const float hz : f0)
    if (hz > kSilentHz) voiced.push_back(hz);
  std::sort(voiced.begin(), voiced.end());
  if (voiced.empty()) return voiced;
  const float floor = kLeastShare * voiced[voiced.size() * 9 / 10];
  voiced.erase(voiced.begin(), std::lower_bound(voiced.begin(), voiced.end(), floor));
  return voiced;
}

Result<KokoroProsody> KokoroSynthesis::prosody(const KokoroTokens& tokens,
                                               std::span<const float> style) const {
  const auto count = static_cast<std::int64_t>(tokens.ids.size());
  TROUPE_TRY(nn::Tensors outputs, graphs_.prosody->run({{"tokens", Tensor({1, count}, tokens.ids)},
                                                        {"style", style_tensor(style)}}));
  KokoroProsody prosody;
  TROUPE_TRY(Tensor frames, take(outputs, "frames", 2));
  TROUPE_TRY(prosody.prosody_features, take(outputs, "prosody_features", 3));
  TROUPE_TRY(prosody.text_features, take(outputs, "text_features", 3));
  prosody.frames = std::get<std::vector<float>>(std::move(frames.data));
  if (prosody.frames.size() != tokens.ids.size() || prosody.text_features.shape[2] != count ||
      prosody.prosody_features.shape[2] != count)
    return fail(Errc::backend, "kokoro: the prosody graph gave another number of tokens");
  return prosody;
}

TimeRange KokoroContour::audible() const {
  // The energy is a log: speech peaks at 8 .. 10, silence is below -9. This far under the peak the
  // rendered sound meets dsp/onset.hpp's threshold.
  constexpr float kBelowPeak = 8.5f;
  const std::vector<float>& curve = *energy.floats();
  if (curve.empty()) return {};
  const float floor = *std::max_element(curve.begin(), curve.end()) - kBelowPeak;
  const auto sounds = [floor](float value) { return value > floor; };
  const auto first = std::find_if(curve.begin(), curve.end(), sounds);
  const auto last = std::find_if(curve.rbegin(), curve.rend(), sounds);
  return {(first - curve.begin()) * dsp::kSamplesPerF0, (curve.rend() - last) * dsp::kSamplesPerF0};
}

Result<KokoroContour> KokoroSynthesis::contour(const KokoroProsody& prosody,
                                               std::span<const std::int64_t> durations,
                                               std::span<const float> style) const {
  const auto frames = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
  TROUPE_TRY(nn::Tensors outputs,
             graphs_.contour->run({{"prosody_features_expanded",
                                    expand(prosody.prosody_features, durations, frames)},
                                   {"style", style_tensor(style)}}));
  KokoroContour contour;
  TROUPE_TRY(contour.f0, take(outputs, "f0", 2));
  TROUPE_TRY(contour.energy, take(outputs, "energy", 2));
  return contour;
}

Result<AudioBuffer> audible_part(const AudioBuffer& rendered, std::optional<std::int64_t> length) {
  const auto audible = dsp::audible_range(rendered.samples, kSampleRateHz);
  if (!audible) return fail(Errc::backend, "kokoro: rendered silence");
  const auto begin = std::max<std::int64_t>(0, audible->begin - kLeadSamples);
  auto end = std::min(rendered.size(), audible->end + kTailSamples);
  if (length)
    end = std::clamp(begin + *length, end, std::min(rendered.size(), end + kMostCorrection));
  AudioBuffer part;
  part.samples.assign(rendered.samples.begin() + begin, rendered.samples.begin() + end);
  dsp::fade_edges(part.samples, kLeadSamples);
  return part;
}

Result<AudioBuffer> KokoroSynthesis::render(const KokoroProsody& prosody,
                                            std::span<const std::int64_t> durations,
                                            KokoroContour contour, std::span<const float> style,
                                            PitchShape pitch, std::uint64_t seed) const {
  const auto frames = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
  shape_pitch(contour, pitch);

  std::vector<float> harmonics = dsp::harmonic_source(*contour.f0.floats(), source_, seed);
  const auto columns = static_cast<std::int64_t>(harmonics.size()) / (2 * dsp::kSourceBins);
  TROUPE_TRY(
      nn::Tensors generated,
      graphs_.generator->run(
          {{"text_features_expanded", expand(prosody.text_features, durations, frames)},
           {"f0", std::move(contour.f0)},
           {"energy", std::move(contour.energy)},
           {"style", style_tensor(style)},
           {"harmonics", Tensor({1, 2 * dsp::kSourceBins, columns}, std::move(harmonics))}}));
  TROUPE_TRY(Tensor audio, take(generated, "audio", 2));
  AudioBuffer out{std::get<std::vector<float>>(std::move(audio.data)), kSampleRateHz};
  if (!std::all_of(out.samples.begin(), out.samples.end(),
                   [](float x) { return std::isfinite(x); }))
    return fail(Errc::backend, "kokoro: the generator gave samples that are not numbers");
  return out;
}

}  // namespace troupe::speech
