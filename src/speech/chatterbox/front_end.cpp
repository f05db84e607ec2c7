#include "speech/chatterbox/front_end.hpp"

#include <algorithm>
#include <cmath>

#include "dsp/spectrum.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr int kRate16k = 16000, kFft = 400, kHop = 160;
constexpr int kTokenizerBins = 128;
constexpr int kPromptRate = 24000, kPromptFft = 1920, kPromptHop = 480, kPromptMels = 80;
constexpr std::int64_t kVoiceStep = 77;  // 1.3 windows a second
constexpr double kLeastCoverage = 0.8;   // of a padded last window
constexpr double kSilenceBelow = 0.1;    // -20 dB of amplitude
constexpr std::int64_t kTrimFrame = 2048, kTrimHop = 512;

}  // namespace

std::vector<float> tokenizer_mel(std::span<const float> samples) {
  static const std::vector<float> kFilters =
      dsp::slaney_filters(kRate16k, kFft, kTokenizerBins, kRate16k / 2.0);
  std::vector<float> spectra = dsp::power_spectrogram(samples, kFft, kHop, kFft / 2);
  constexpr std::size_t kBins = kFft / 2 + 1;
  if (spectra.size() >= kBins) spectra.resize(spectra.size() - kBins);  // the last frame goes
  std::vector<float> mel = dsp::filter_bands(spectra, kFilters, kBins);
  float top = -10;
  for (float& x : mel) top = std::max(top, x = std::log10(std::max(x, 1e-10F)));
  const std::size_t frames = mel.size() / kTokenizerBins;
  std::vector<float> out(mel.size());
  for (std::size_t i = 0; i < mel.size(); ++i)
    out[i % kTokenizerBins * frames + i / kTokenizerBins] = (std::max(mel[i], top - 8) + 4) / 4;
  return out;
}

std::vector<float> prompt_mel(std::span<const float> samples) {
  static const std::vector<float> kFilters =
      dsp::slaney_filters(kPromptRate, kPromptFft, kPromptMels, 8000);
  std::vector<float> spectra =
      dsp::power_spectrogram(samples, kPromptFft, kPromptHop, (kPromptFft - kPromptHop) / 2);
  for (float& x : spectra) x = std::sqrt(x + 1e-9F);
  std::vector<float> mel = dsp::filter_bands(spectra, kFilters, kPromptFft / 2 + 1);
  for (float& x : mel) x = std::log(std::max(x, 1e-5F));
  return mel;
}

std::vector<float> x_vector_features(std::span<const float> samples) {
  constexpr std::size_t kBins = 80;
  std::vector<float> bank = dsp::kaldi_fbank(samples, kBins);
  std::vector<double> mean(kBins, 0);
  for (std::size_t i = 0; i < bank.size(); ++i) mean[i % kBins] += bank[i];
  const double frames = static_cast<double>(bank.size()) / kBins;
  for (std::size_t i = 0; i < bank.size(); ++i)
    bank[i] -= static_cast<float>(mean[i % kBins] / frames);
  return bank;
}

std::span<const float> without_silent_ends(std::span<const float> samples) {
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<double> sums{0};  // of squares before each sample
  for (const float x : samples) sums.push_back(sums.back() + static_cast<double>(x) * x);
  std::vector<double> power;
  for (std::int64_t centre = 0; centre <= count; centre += kTrimHop) {
    const auto begin = std::max<std::int64_t>(0, centre - kTrimFrame / 2);
    const auto end = std::min(count, centre + kTrimFrame / 2);
    power.push_back(sums[static_cast<std::size_t>(end)] - sums[static_cast<std::size_t>(begin)]);
  }
  // librosa never takes amplitudes below 1e-5 for more than they are.
  constexpr double kFloor = 1e-10 * kTrimFrame;
  const double loudest = std::max(kFloor, *std::max_element(power.begin(), power.end()));
  std::int64_t first = -1, last = -1;
  for (std::size_t i = 0; i < power.size(); ++i)
    if (std::max(kFloor, power[i]) > loudest * kSilenceBelow * kSilenceBelow) {
      if (first < 0) first = static_cast<std::int64_t>(i);
      last = static_cast<std::int64_t>(i);
    }
  const std::int64_t begin = std::min(count, first * kTrimHop);
  const std::int64_t end = std::min(count, (last + 1) * kTrimHop);
  return samples.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

std::vector<float> voice_windows(std::span<const float> samples) {
  static const std::vector<float> kFilters =
      dsp::slaney_filters(kRate16k, kFft, static_cast<int>(kVoiceBins), kRate16k / 2.0);
  std::vector<float> mel = dsp::filter_bands(dsp::power_spectrogram(samples, kFft, kHop, kFft / 2),
                                             kFilters, kFft / 2 + 1);
  const auto frames = static_cast<std::int64_t>(mel.size()) / kVoiceBins;
  const std::int64_t beyond = std::max<std::int64_t>(0, frames - kVoiceFrames + kVoiceStep);
  std::int64_t windows = beyond / kVoiceStep;
  const std::int64_t covered = beyond % kVoiceStep + kVoiceFrames - kVoiceStep;
  if (windows == 0 || static_cast<double>(covered) / kVoiceFrames >= kLeastCoverage) ++windows;
  mel.resize(static_cast<std::size_t>((kVoiceFrames + kVoiceStep * (windows - 1)) * kVoiceBins));
  std::vector<float> out;
  for (std::int64_t i = 0; i < windows; ++i) {
    const auto from = mel.begin() + i * kVoiceStep * kVoiceBins;
    out.insert(out.end(), from, from + kVoiceFrames * kVoiceBins);
  }
  return out;
}

}  // namespace troupe::speech::chatterbox
