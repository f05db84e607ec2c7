#include "dsp/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace troupe::dsp {
namespace {

constexpr int kMaxRadix = 64;

int smallest_factor(int n) {
  for (int p = 2; p * p <= n; ++p)
    if (n % p == 0) return p;
  return n;
}

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double slaney_mel(double hz) {
  return hz < 1000 ? hz * 3 / 200 : 15 + std::log(hz / 1000) / (std::log(6.4) / 27);
}
double slaney_hz(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * (std::log(6.4) / 27));
}
double kaldi_mel(double hz) { return 1127 * std::log(1 + hz / 700); }

}  // namespace

Spectrum::Spectrum(int n_fft) : n_fft_(n_fft) {
  for (int k = 0; k < n_fft; ++k) {
    const double angle = -2 * std::numbers::pi * k / n_fft;
    turns_.push_back({std::cos(angle), std::sin(angle)});
  }
}

/// Decimation in time (Cooley & Tukey 1965) by the smallest prime factor, whatever it is.
void Spectrum::transform(int n, int stride, const float* in, Complex* out) const {
  if (n == 1) {
    *out = {*in, 0};
    return;
  }
  if (n == 2) {
    const double a = in[0], b = in[stride];
    out[0] = {a + b, 0};
    out[1] = {a - b, 0};
    return;
  }
  const int radix = n % 4 == 0 ? 4 : smallest_factor(n);
  const int part = n / radix;
  for (int q = 0; q < radix; ++q) transform(part, stride * radix, in + q * stride, out + q * part);
  std::vector<Complex> heap(at(radix > kMaxRadix ? radix : 0));
  Complex stack[kMaxRadix];
  Complex* t = heap.empty() ? stack : heap.data();
  for (int k = 0; k < part; ++k) {
    for (int q = 0; q < radix; ++q) {
      const Complex x = out[q * part + k], w = turns_[at(q * k * stride)];
      t[q] = {x.re * w.re - x.im * w.im, x.re * w.im + x.im * w.re};
    }
    if (radix == 4) {
      const Complex a{t[0].re + t[2].re, t[0].im + t[2].im},
          b{t[0].re - t[2].re, t[0].im - t[2].im};
      const Complex c{t[1].re + t[3].re, t[1].im + t[3].im},
          d{t[1].re - t[3].re, t[1].im - t[3].im};
      out[k] = {a.re + c.re, a.im + c.im};
      out[part + k] = {b.re + d.im, b.im - d.re};
      out[2 * part + k] = {a.re - c.re, a.im - c.im};
      out[3 * part + k] = {b.re - d.im, b.im + d.re};
      continue;
    }
    for (int r = 0; r < radix; ++r) {
      Complex sum = t[0];
      for (int q = 1; q < radix; ++q) {
        const Complex w = turns_[at(q * r % radix * (n_fft_ / radix))];
        sum.re += t[q].re * w.re - t[q].im * w.im;
        sum.im += t[q].re * w.im + t[q].im * w.re;
      }
      out[r * part + k] = sum;
    }
  }
}

void Spectrum::power(std::span<const float> frame, std::span<float> power) const {
  std::vector<Complex> out(frame.size());
  transform(n_fft_, 1, frame.data(), out.data());
  for (std::size_t i = 0; i < power.size(); ++i)
    power[i] = static_cast<float>(out[i].re * out[i].re + out[i].im * out[i].im);
}

std::vector<float> hann_window(int n) {
  std::vector<float> window;
  for (int i = 0; i < n; ++i)
    window.push_back(static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / n)));
  return window;
}

std::vector<float> power_spectrogram(std::span<const float> samples, int n_fft, int hop, int pad) {
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::int64_t padded = count + 2 * pad;
  if (count <= pad || padded < n_fft) return {};
  const Spectrum spectrum(n_fft);
  const std::vector<float> window = hann_window(n_fft);
  const auto bins = at(spectrum.bins());
  const auto frames = static_cast<std::size_t>((padded - n_fft) / hop + 1);
  std::vector<float> out(frames * bins), frame(window.size());
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      std::int64_t position =
          static_cast<std::int64_t>(f) * hop + static_cast<std::int64_t>(i) - pad;
      if (position < 0) position = -position;
      if (position >= count) position = 2 * (count - 1) - position;
      frame[i] = samples[static_cast<std::size_t>(position)] * window[i];
    }
    spectrum.power(frame, std::span(out).subspan(f * bins, bins));
  }
  return out;
}

std::vector<float> filter_bands(std::span<const float> spectra, std::span<const float> filters,
                                int bins) {
  const auto width = at(bins);
  std::vector<float> out;
  out.reserve(spectra.size() / width * (filters.size() / width));
  std::vector<std::pair<std::size_t, std::size_t>> used;  // a triangle covers a few of the bins
  for (std::size_t band = 0; band * width < filters.size(); ++band) {
    const auto row = filters.subspan(band * width, width);
    std::size_t begin = 0, end = width;
    while (begin < end && row[begin] == 0) ++begin;
    while (begin < end && row[end - 1] == 0) --end;
    used.emplace_back(begin, end);
  }
  for (std::size_t frame = 0; frame + width <= spectra.size(); frame += width)
    for (std::size_t band = 0; band < used.size(); ++band) {
      float sum = 0;
      for (std::size_t bin = used[band].first; bin < used[band].second; ++bin)
        sum += filters[band * width + bin] * spectra[frame + bin];
      out.push_back(sum);
    }
  return out;
}

std::vector<float> slaney_filters(int rate_hz, int n_fft, int n_mels, double top_hz) {
  std::vector<double> edges;
  for (int i = 0; i < n_mels + 2; ++i)
    edges.push_back(slaney_hz(slaney_mel(top_hz) * i / (n_mels + 1)));
  std::vector<float> filters;
  for (std::size_t m = 0; m < at(n_mels); ++m)
    for (int bin = 0; bin <= n_fft / 2; ++bin) {
      const double hz = static_cast<double>(bin) * rate_hz / n_fft;
      const double up = (hz - edges[m]) / (edges[m + 1] - edges[m]);
      const double down = (edges[m + 2] - hz) / (edges[m + 2] - edges[m + 1]);
      const auto weight = static_cast<float>(std::max(0.0, std::min(up, down)));
      filters.push_back(weight * static_cast<float>(2 / (edges[m + 2] - edges[m])));
    }
  return filters;
}

std::vector<float> kaldi_fbank(std::span<const float> samples_16k, int n_mels) {
  constexpr int kFrame = 400, kHop = 160, kFft = 512, kRate = 16000;
  if (samples_16k.size() < kFrame) return {};
  const Spectrum spectrum(kFft);
  std::vector<float> window;
  for (int i = 0; i < kFrame; ++i)
    window.push_back(static_cast<float>(
        std::pow(0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / (kFrame - 1)), 0.85)));
  const double low = kaldi_mel(20), step = (kaldi_mel(kRate / 2.0) - low) / (n_mels + 1);
  std::vector<float> filters;
  for (int m = 0; m < n_mels; ++m)
    for (int bin = 0; bin <= kFft / 2; ++bin) {
      const double place = (kaldi_mel(static_cast<double>(bin) * kRate / kFft) - low) / step - m;
      // Kaldi's filters never take the topmost bin.
      filters.push_back(
          bin == kFft / 2 ? 0.0F : static_cast<float>(std::max(0.0, std::min(place, 2 - place))));
    }
  const std::size_t frames = (samples_16k.size() - kFrame) / kHop + 1;
  const auto bins = at(spectrum.bins());
  std::vector<float> spectra(frames * bins), frame(kFft, 0.0F);
  for (std::size_t f = 0; f < frames; ++f) {
    const auto in = samples_16k.subspan(f * kHop, kFrame);
    double mean = 0;
    for (const float x : in) mean += x / static_cast<double>(kFrame);
    const auto level = [&](std::size_t i) { return in[i] - static_cast<float>(mean); };
    for (std::size_t i = 0; i < in.size(); ++i)
      frame[i] = (level(i) - 0.97F * level(i == 0 ? 0 : i - 1)) * window[i];
    spectrum.power(frame, std::span(spectra).subspan(f * bins, bins));
  }
  std::vector<float> bank = filter_bands(spectra, filters, spectrum.bins());
  for (float& x : bank) x = std::log(std::max(x, std::numeric_limits<float>::epsilon()));
  return bank;
}

}  // namespace troupe::dsp
