#include "timing/rubberband_stretcher.hpp"

#include <rubberband/RubberBandStretcher.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>

namespace troupe::timing {
namespace {

using RubberBand::RubberBandStretcher;

// With silence before and after, R3 weakens the first 5 ms of a sound by 1 .. 2 dB instead of 3
// (docs/adr/0002-stretcher.md; mixxxdj/mixxx#11093 tells of the same at the start). Cut off below.
constexpr std::int64_t kPad = ms_to_samples(150);
constexpr std::size_t kBlock = 4096;

constexpr int kOptions = RubberBandStretcher::OptionProcessOffline |
                         RubberBandStretcher::OptionEngineFiner |
                         RubberBandStretcher::OptionThreadingNever;

void take_available(RubberBandStretcher& engine, std::vector<float>& out) {
  for (int ready = engine.available(); ready > 0; ready = engine.available()) {
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(ready));
    float* channel = out.data() + before;
    out.resize(before + engine.retrieve(&channel, static_cast<std::size_t>(ready)));
  }
}

std::vector<float> render(const std::vector<float>& padded, int rate_hz, double ratio) {
  RubberBandStretcher engine(static_cast<std::size_t>(rate_hz), 1, kOptions, ratio);
  engine.setExpectedInputDuration(padded.size());
  engine.setMaxProcessSize(kBlock);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(static_cast<double>(padded.size()) * ratio) + kBlock);
  for (const bool study : {true, false}) {
    for (std::size_t at = 0; at < padded.size(); at += kBlock) {
      const std::size_t count = std::min(kBlock, padded.size() - at);
      const float* channel = padded.data() + at;
      const bool last = at + count == padded.size();
      if (study) {
        engine.study(&channel, count, last);
      } else {
        engine.process(&channel, count, last);
        take_available(engine, out);
      }
    }
  }
  return out;
}

class RubberBandAdapter final : public Stretcher {
 public:
  Result<AudioBuffer> stretch(const AudioBuffer& in, std::int64_t out_samples) const override {
    if (in.size() == out_samples) return in;
    const double ratio = static_cast<double>(out_samples) / static_cast<double>(in.size());
    if (in.size() == 0 || ratio < 0.5 || ratio > 2)
      return fail(Errc::internal,
                  "stretch: " + std::to_string(in.size()) + " to " + std::to_string(out_samples) +
                      " samples is outside the ratio 0.5 .. 2",
                  "timing");
    try {
      std::vector<float> padded(static_cast<std::size_t>(kPad), 0.0f);
      padded.insert(padded.end(), in.samples.begin(), in.samples.end());
      padded.resize(padded.size() + static_cast<std::size_t>(kPad), 0.0f);
      const std::vector<float> out = render(padded, in.sample_rate_hz, ratio);
      const auto skip = static_cast<std::ptrdiff_t>(std::llround(kPad * ratio));
      if (static_cast<std::int64_t>(out.size()) < skip + out_samples)
        return fail(Errc::internal, "stretch: Rubber Band returned too few samples", "timing");
      return AudioBuffer{{out.begin() + skip, out.begin() + skip + out_samples}, in.sample_rate_hz};
    } catch (const std::exception& error) {
      return fail(Errc::internal, std::string("stretch: ") + error.what(), "timing");
    }
  }
};

}  // namespace

std::unique_ptr<Stretcher> make_rubberband_stretcher() {
  return std::make_unique<RubberBandAdapter>();
}

}  // namespace troupe::timing
