#include <rubberband/RubberBandStretcher.h>

#include <algorithm>
#include <cmath>

#include "candidates.hpp"
#include "dsp/resample.hpp"
#include "timing/rubberband_stretcher.hpp"

namespace troupe::bench {
namespace {

using RubberBand::RubberBandStretcher;

/// In blocks: given more than its buffers hold at once, R3 drops what does not fit.
AudioBuffer run(const AudioBuffer& in, double ratio, int options) {
  constexpr std::size_t block = 4096;
  RubberBandStretcher engine(static_cast<std::size_t>(in.sample_rate_hz), 1,
                             options | RubberBandStretcher::OptionThreadingNever, ratio);
  const float* all = in.samples.data();
  engine.setExpectedInputDuration(in.samples.size());
  engine.setMaxProcessSize(block);
  engine.study(&all, in.samples.size(), true);
  AudioBuffer out{{}, in.sample_rate_hz};
  for (std::size_t at = 0; at < in.samples.size(); at += block) {
    const std::size_t count = std::min(block, in.samples.size() - at);
    const float* channel = in.samples.data() + at;
    engine.process(&channel, count, at + count == in.samples.size());
    for (int ready = engine.available(); ready > 0; ready = engine.available()) {
      const std::size_t before = out.samples.size();
      out.samples.resize(before + static_cast<std::size_t>(ready));
      float* to = out.samples.data() + before;
      engine.retrieve(&to, static_cast<std::size_t>(ready));
    }
  }
  return out;
}

AudioBuffer at_48k(const AudioBuffer& in, double ratio, int options) {
  const AudioBuffer up = dsp::resample(in, 48000).value();
  return dsp::resample(run(up, ratio, options), in.sample_rate_hz).value();
}

AudioBuffer adapter(const AudioBuffer& in, double ratio) {
  const auto samples = std::llround(static_cast<double>(in.size()) * ratio);
  return timing::make_rubberband_stretcher()->stretch(in, samples).value();
}

}  // namespace

std::vector<Candidate> rubberband_candidates() {
  constexpr int finer = RubberBandStretcher::OptionEngineFiner;
  constexpr int faster = RubberBandStretcher::OptionEngineFaster;
  constexpr int brief = RubberBandStretcher::OptionWindowShort;
  return {
      {"troupe-adapter", adapter},
      {"rubberband-r3", [](const auto& in, double ratio) { return run(in, ratio, finer); }},
      {"rubberband-r3-48k", [](const auto& in, double ratio) { return at_48k(in, ratio, finer); }},
      {"rubberband-r3-short",
       [](const auto& in, double ratio) { return run(in, ratio, finer | brief); }},
      {"rubberband-r2", [](const auto& in, double ratio) { return run(in, ratio, faster); }},
  };
}

}  // namespace troupe::bench
