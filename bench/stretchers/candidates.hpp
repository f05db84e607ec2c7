/// The stretchers compared in docs/adr/0002-stretcher.md, each as its library gives it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/audio.hpp"

namespace troupe::bench {

struct Candidate {
  std::string name;
  /// @param ratio output / input length. @return whatever length the library gives.
  std::function<AudioBuffer(const AudioBuffer& in, double ratio)> stretch;
};

std::vector<Candidate> rubberband_candidates();
std::vector<Candidate> soundtouch_candidates();
std::vector<Candidate> sonic_candidates();

}  // namespace troupe::bench
