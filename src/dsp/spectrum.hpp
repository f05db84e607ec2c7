/// Power spectra of frames, and the triangular filters that make mel bands of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::dsp {

/// Discrete Fourier transform of real frames; quick where n_fft has small prime factors. Immutable.
class Spectrum {
 public:
  explicit Spectrum(int n_fft);
  int n_fft() const { return n_fft_; }
  int bins() const { return n_fft_ / 2 + 1; }
  /// @param frame [n_fft], windowed. @param power [bins]: squared magnitudes.
  void power(std::span<const float> frame, std::span<float> power) const;

 private:
  struct Complex {
    double re, im;
  };
  void transform(int n, int stride, const float* in, Complex* out) const;

  int n_fft_;
  std::vector<Complex> turns_;  // exp(-2 pi i k / n_fft)
};

/// Periodic Hann window of n values.
std::vector<float> hann_window(int n);

/// Frames of n_fft samples under a Hann window, every hop, the signal mirrored by `pad` samples at
/// each end (n_fft / 2 centres them, as librosa and torch do).
/// @return [frames, n_fft / 2 + 1] squared magnitudes, frames = (samples + 2 pad - n_fft) / hop +
/// 1; empty when the signal is shorter than the padding wants.
std::vector<float> power_spectrogram(std::span<const float> samples, int n_fft, int hop, int pad);

/// @param spectra [frames, bins]. @param filters [bands, bins]. @return [frames, bands].
std::vector<float> filter_bands(std::span<const float> spectra, std::span<const float> filters,
                                int bins);

/// Slaney's mel filters from 0 Hz to top_hz, triangles of equal area, as librosa.filters.mel
/// (Slaney 1998, Auditory Toolbox, Interval Research TR 1998-010). @return [n_mels, n_fft / 2 + 1].
std::vector<float> slaney_filters(int rate_hz, int n_fft, int n_mels, double top_hz);

/// Log mel filter bank energies as Kaldi's compute-fbank-feats at 16 kHz with its defaults and no
/// dither: frames of 25 ms every 10 ms inside the signal, mean removed, pre-emphasis 0.97, Povey's
/// window, 512 points, triangles from 20 to 8000 Hz on the mel scale.
/// @return [frames, n_mels], frames = (samples - 400) / 160 + 1; empty below 400 samples.
std::vector<float> kaldi_fbank(std::span<const float> samples_16k, int n_mels);

}  // namespace troupe::dsp
