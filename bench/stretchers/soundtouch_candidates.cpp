#include <soundtouch/SoundTouch.h>

#include "candidates.hpp"

namespace troupe::bench {
namespace {

AudioBuffer run(const AudioBuffer& in, double ratio, bool tuned_for_speech) {
  soundtouch::SoundTouch engine;
  engine.setSampleRate(static_cast<unsigned>(in.sample_rate_hz));
  engine.setChannels(1);
  engine.setTempo(1 / ratio);
  if (tuned_for_speech) {  // as the library's own `soundstretch -speech`
    engine.setSetting(SETTING_SEQUENCE_MS, 40);
    engine.setSetting(SETTING_SEEKWINDOW_MS, 15);
    engine.setSetting(SETTING_OVERLAP_MS, 8);
  }
  engine.putSamples(in.samples.data(), static_cast<unsigned>(in.samples.size()));
  engine.flush();
  AudioBuffer out{std::vector<float>(engine.numSamples()), in.sample_rate_hz};
  engine.receiveSamples(out.samples.data(), static_cast<unsigned>(out.samples.size()));
  return out;
}

}  // namespace

std::vector<Candidate> soundtouch_candidates() {
  return {
      {"soundtouch", [](const auto& in, double ratio) { return run(in, ratio, false); }},
      {"soundtouch-speech", [](const auto& in, double ratio) { return run(in, ratio, true); }},
  };
}

}  // namespace troupe::bench
