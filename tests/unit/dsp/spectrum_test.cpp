#include "dsp/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "dsp/sinc_resample.hpp"

namespace troupe::dsp {
namespace {

std::vector<float> chirp(std::size_t count) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i)
    samples.push_back(0.5F * static_cast<float>(std::sin(1e-3 * static_cast<double>(i * i))));
  return samples;
}

TEST(Spectrum, IsThePlainTransformForAnySize) {
  // 1920, 512 and 400 are used; 77 and 13 have odd and prime factors.
  for (const int n : {1920, 512, 400, 77, 13, 2, 1}) {
    const Spectrum spectrum(n);
    const std::vector<float> frame = chirp(static_cast<std::size_t>(n));
    std::vector<float> power(static_cast<std::size_t>(spectrum.bins()));
    spectrum.power(frame, power);
    for (int bin = 0; bin <= n / 2; ++bin) {
      double re = 0, im = 0;
      for (int i = 0; i < n; ++i) {
        const double angle = 2 * std::numbers::pi * bin * i / n;
        re += frame[static_cast<std::size_t>(i)] * std::cos(angle);
        im -= frame[static_cast<std::size_t>(i)] * std::sin(angle);
      }
      // Both in double; the result is rounded to float.
      const double wanted = re * re + im * im;
      EXPECT_NEAR(power[static_cast<std::size_t>(bin)], wanted, 1e-6 * (wanted + 1)) << n << bin;
    }
  }
}

TEST(Spectrum, FramesMirrorTheEdges) {
  // A constant stays one when mirrored: every frame is the first one.
  const std::vector<float> level(1000, 0.25F);
  const auto spectra = power_spectrogram(level, 400, 160, 200);
  ASSERT_EQ(spectra.size(), 7U * 201);
  const auto sum_of_hann = 200.0;
  EXPECT_NEAR(spectra[0], std::pow(0.25 * sum_of_hann, 2), 0.1);
  EXPECT_NEAR(spectra[6 * 201], spectra[0], 1e-2);
  EXPECT_TRUE(power_spectrogram(std::vector<float>(200), 400, 160, 200).empty());
  EXPECT_TRUE(power_spectrogram({}, 400, 160, 200).empty());
}

TEST(SlaneyFilters, AreThoseOfLibrosa) {
  // librosa 0.11: filters.mel(sr=24000, n_fft=1920, n_mels=80, fmax=8000)[10, 29:33], [79, 620].
  const auto filters = slaney_filters(24000, 1920, 80, 8000);
  ASSERT_EQ(filters.size(), 80U * 961);
  const std::vector<double> expected{0.0, 0.0018805701984092593, 0.010894394479691982,
                                     0.01990821771323681};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(filters[10 * 961 + 29 + i], expected[i], 1e-8);
  EXPECT_NEAR(filters[79 * 961 + 620], 0.0028047440573573112, 1e-8);
}

TEST(KaldiFbank, IsThatOfTorchaudio) {
  // torchaudio 2.11: compliance.kaldi.fbank(chirp[None], num_mel_bins=80)[3, [0, 20, 40, 60, 79]].
  const auto bank = kaldi_fbank(chirp(1600), 80);
  ASSERT_EQ(bank.size(), 8U * 80);
  const std::vector<double> expected{-10.578630447387695, -15.942384719848633, -9.792862892150879,
                                     6.118133544921875, -15.723673820495605};
  // 2e-3: logarithms of leakage 90 dB below the peak, which torch computes in float.
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(bank[3 * 80 + (i == 4 ? 79 : 20 * i)], expected[i], 2e-3) << i;
  EXPECT_TRUE(kaldi_fbank(chirp(399), 80).empty());
}

TEST(SincResample, IsThatOfTorchaudio) {
  // torchaudio 2.11: transforms.Resample(24000, 16000)(chirp(1000))[[0, 1, 300, 601, 666]].
  const auto out = sinc_resample(chirp(1000), 24000, 16000);
  ASSERT_EQ(out.size(), 667U);
  const std::vector<double> expected{9.138982022705022e-06, 0.0011299987090751529,
                                     0.4952196180820465, 0.3473777770996094, -0.3748806118965149};
  const std::vector<std::size_t> places{0, 1, 300, 601, 666};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(out[places[i]], expected[i], 1e-6);
  EXPECT_EQ(sinc_resample(chirp(10), 16000, 16000), chirp(10));
  EXPECT_TRUE(sinc_resample({}, 24000, 16000).empty());
}

}  // namespace
}  // namespace troupe::dsp
