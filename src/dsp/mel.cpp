#include "dsp/mel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace troupe::dsp {
namespace {

/// A plain DFT as two matrices: 400 is no power of two, and 201 bins of folded real input cost less
/// than a millisecond per 10 frames.
struct Dft {
  int n_fft, bins, half;
  std::vector<float> window;  // periodic Hann, [n_fft]
  std::vector<float> cosine;  // [half + 1, bins]
  std::vector<float> sine;

  explicit Dft(int n)
      : n_fft(n), bins(n / 2 + 1), half(n / 2), window(static_cast<std::size_t>(n)) {
    const double step = 2 * std::numbers::pi / n;
    for (int i = 0; i < n; ++i)
      window[static_cast<std::size_t>(i)] = static_cast<float>(0.5 - 0.5 * std::cos(step * i));
    for (int i = 0; i <= half; ++i)
      for (int bin = 0; bin < bins; ++bin) {
        const auto turn = static_cast<double>((std::int64_t{i} * bin) % n);
        cosine.push_back(static_cast<float>(std::cos(step * turn)));
        sine.push_back(static_cast<float>(std::sin(step * turn)));
      }
  }

  /// x[i] and x[n - i] share a cosine and oppose in sine, which halves the work.
  void power(std::span<const float> frame, std::vector<float>& re, std::vector<float>& im,
             std::vector<float>& out) const {
    std::fill(re.begin(), re.end(), 0.0F);
    std::fill(im.begin(), im.end(), 0.0F);
    for (int i = 0; i <= half; ++i) {
      const bool alone = i == 0 || 2 * i == n_fft;
      const float left = frame[static_cast<std::size_t>(i)];
      const float right = alone ? 0.0F : frame[static_cast<std::size_t>(n_fft - i)];
      const float even = left + right, odd = alone ? 0.0F : left - right;
      const float* c = &cosine[static_cast<std::size_t>(i * bins)];
      const float* s = &sine[static_cast<std::size_t>(i * bins)];
      for (int bin = 0; bin < bins; ++bin) {
        re[static_cast<std::size_t>(bin)] += even * c[bin];
        im[static_cast<std::size_t>(bin)] += odd * s[bin];
      }
    }
    for (std::size_t bin = 0; bin < out.size(); ++bin)
      out[bin] = re[bin] * re[bin] + im[bin] * im[bin];
  }
};

/// Where a filter's row is not zero: its triangle covers a few of the bins.
struct Triangle {
  std::size_t begin, end;
};

std::vector<Triangle> triangles(std::span<const float> filters, std::size_t bins, int n_mels) {
  std::vector<Triangle> made;
  for (std::size_t m = 0; m < static_cast<std::size_t>(n_mels); ++m) {
    const auto row = filters.subspan(m * bins, bins);
    Triangle found{0, bins};
    while (found.begin < found.end && row[found.begin] == 0) ++found.begin;
    while (found.begin < found.end && row[found.end - 1] == 0) --found.end;
    made.push_back(found);
  }
  return made;
}

}  // namespace

std::vector<float> mel_power(std::span<const float> samples, std::span<const float> filters,
                             const MelShape& shape) {
  std::vector<float> mel;
  if (samples.empty()) return mel;
  const Dft dft(shape.n_fft);
  const auto bins = static_cast<std::size_t>(dft.bins);
  const std::vector<Triangle> where = triangles(filters, bins, shape.n_mels);
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::int64_t frames = count / shape.hop + 1;
  mel.reserve(static_cast<std::size_t>(frames * shape.n_mels));
  std::vector<float> frame(dft.window.size()), re(bins), im(bins), power(bins);
  for (std::int64_t f = 0; f < frames; ++f) {
    const std::int64_t start = f * shape.hop - shape.n_fft / 2;
    for (std::int64_t i = 0; i < shape.n_fft; ++i) {
      const std::int64_t at = start + i;
      const bool inside = at >= 0 && at < count;
      const auto k = static_cast<std::size_t>(i);
      frame[k] = inside ? samples[static_cast<std::size_t>(at)] * dft.window[k] : 0.0F;
    }
    dft.power(frame, re, im, power);
    for (std::size_t m = 0; m < where.size(); ++m) {
      const float* weights = &filters[m * bins];
      float sum = 0;
      for (std::size_t bin = where[m].begin; bin < where[m].end; ++bin)
        sum += weights[bin] * power[bin];
      mel.push_back(sum);
    }
  }
  return mel;
}

}  // namespace troupe::dsp
