#include "dsp/spectrum_match.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/mel.hpp"

namespace troupe::dsp {
namespace {

constexpr int kFft = 800, kHop = 400, kBins = kFft / 2 + 1;  // 30 Hz a bin
constexpr double kBinHz = static_cast<double>(kSampleRateHz) / kFft;
constexpr float kRangeDb = 25;
constexpr int kHalfTaps = 256;
// About the long-term average of speech that Byrne et al. 1994 (J. Acoust. Soc. Am. 96, 2108)
// found, in dB for each third octave; what is asked of it has 10 dB to spare. A hertz of it has one
// decibel less with every band.
constexpr BandLevels kUsual = {54.4F, 57.7F, 56.8F, 60.2F, 60.3F, 59.0F, 62.1F,
                               62.1F, 60.5F, 56.8F, 53.7F, 53.0F, 52.0F, 48.7F,
                               48.1F, 46.8F, 45.6F, 44.5F, 44.3F, 43.7F, 43.4F};
// The bands that every line lets through, 400 to 2500 Hz, and those that a narrow one does not, 5
// and 6.3 kHz. People differ by 10 dB or so there, a line takes 30 and more.
constexpr std::size_t kFirstKept = 6, kLastKept = 14, kFirstCut = 17, kLastCut = 18;
constexpr float kNarrowDb = 25, kOwnDb = 12, kMostCutDb = 60;

double centre_hz(std::size_t band) { return 100 * std::pow(10.0, static_cast<double>(band) / 10); }

/// Rows of ones over the bins of each band, weighted to mean power; at least the nearest bin.
std::vector<float> band_filters() {
  std::vector<float> filters(kBands * kBins, 0.0F);
  const double half = std::pow(10.0, 0.05);
  for (std::size_t band = 0; band < kBands; ++band) {
    const auto first = static_cast<int>(std::lround(centre_hz(band) / half / kBinHz));
    const auto last =
        std::min(kBins - 1, std::max(first, static_cast<int>(centre_hz(band) * half / kBinHz)));
    for (int bin = first; bin <= last; ++bin)
      filters[band * kBins + static_cast<std::size_t>(bin)] =
          1.0F / static_cast<float>(last - first + 1);
  }
  return filters;
}

float decibel(double power) { return static_cast<float>(10 * std::log10(power + 1e-12)); }

/// Between the bands linear over log frequency; flat beyond the first and the last.
double gain_db_at(const BandLevels& gains, double hz) {
  const double at = 10 * std::log10(std::max(hz, 1.0) / 100);
  if (at <= 0) return gains.front();
  if (at >= kBands - 1) return gains.back();
  const auto low = static_cast<std::size_t>(at);
  const double share = at - static_cast<double>(low);
  return (1 - share) * gains[low] + share * gains[low + 1];
}

/// Frequency sampling at 1024 points under a Hann window (Oppenheim & Schafer, 7.4).
std::vector<float> filter_of(const BandLevels& gains) {
  constexpr int kPoints = 1024;
  std::vector<double> gain;
  for (int k = 0; k <= kPoints / 2; ++k)
    gain.push_back(
        std::pow(10.0, gain_db_at(gains, static_cast<double>(k) * kSampleRateHz / kPoints) / 20));
  std::vector<float> taps;
  for (int n = -kHalfTaps; n <= kHalfTaps; ++n) {
    const double turn = 2 * std::numbers::pi * n / kPoints;
    double sum = gain.front() + gain.back() * std::cos(turn * kPoints / 2);
    for (int k = 1; k < kPoints / 2; ++k)
      sum += 2 * gain[static_cast<std::size_t>(k)] * std::cos(turn * k);
    const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * n / (kHalfTaps + 1));
    taps.push_back(static_cast<float>(sum / kPoints * window));
  }
  return taps;
}

}  // namespace

BandLevels long_term_spectrum(const AudioBuffer& audio) {
  static const std::vector<float> kFilters = band_filters();
  const std::vector<float> power =
      mel_power(audio.samples, kFilters, {kFft, kHop, static_cast<int>(kBands)});
  const std::size_t frames = power.size() / kBands;
  std::vector<double> total(frames, 0);
  for (std::size_t i = 0; i < power.size(); ++i) total[i / kBands] += power[i];
  BandLevels levels{};
  if (frames == 0) return levels;
  const double loudest = *std::max_element(total.begin(), total.end());
  if (loudest <= 0) return levels;
  const double least = loudest * std::pow(10.0, -kRangeDb / 10);
  float mean = 0;
  for (std::size_t band = 0; band < kBands; ++band) {
    double sum = 0;
    for (std::size_t frame = 0; frame < frames; ++frame)
      if (total[frame] >= least) sum += power[frame * kBands + band] / total[frame];
    levels[band] = decibel(sum);
    mean += levels[band] / kBands;
  }
  for (float& level : levels) level -= mean;
  return levels;
}

std::vector<float> matching_filter(const BandLevels& from, const BandLevels& to, float most_db) {
  BandLevels gains{};
  for (std::size_t band = 0; band < kBands; ++band)
    gains[band] = std::clamp(to[band] - from[band], -most_db, most_db);
  return filter_of(gains);
}

std::optional<std::vector<float>> narrow_line(const BandLevels& heard) {
  BandLevels gains{};
  for (std::size_t band = 0; band < kBands; ++band)
    gains[band] = heard[band] - kUsual[band] + static_cast<float>(band);
  float kept = 0;
  for (std::size_t band = kFirstKept; band <= kLastKept; ++band)
    kept += gains[band] / (kLastKept - kFirstKept + 1);
  for (float& gain : gains) gain -= kept;
  for (std::size_t band = kFirstCut; band <= kLastCut; ++band)
    if (gains[band] > -kNarrowDb) return std::nullopt;
  for (float& gain : gains) gain = gain > -kOwnDb ? 0 : std::max(gain, -kMostCutDb);
  return filter_of(gains);
}

void apply_filter(std::vector<float>& samples, std::span<const float> taps) {
  const auto half = static_cast<std::ptrdiff_t>(taps.size() / 2);
  const auto size = std::ssize(samples);
  const std::vector<float> in = std::move(samples);
  samples.assign(in.size(), 0.0F);
  for (std::ptrdiff_t k = -half; k <= half; ++k) {
    const float tap = taps[static_cast<std::size_t>(k + half)];
    const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, k), end = std::min(size, size + k);
    for (std::ptrdiff_t i = first; i < end; ++i)
      samples[static_cast<std::size_t>(i)] += tap * in[static_cast<std::size_t>(i - k)];
  }
}

}  // namespace troupe::dsp
