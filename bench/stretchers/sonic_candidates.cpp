#include <sonic.h>

#include "candidates.hpp"

namespace troupe::bench {
namespace {

AudioBuffer run(const AudioBuffer& in, double ratio) {
  sonicStream stream = sonicCreateStream(in.sample_rate_hz, 1);
  sonicSetSpeed(stream, static_cast<float>(1 / ratio));
  sonicSetQuality(stream, 1);
  sonicWriteFloatToStream(stream, const_cast<float*>(in.samples.data()),
                          static_cast<int>(in.samples.size()));
  sonicFlushStream(stream);
  const int ready = sonicSamplesAvailable(stream);
  AudioBuffer out{std::vector<float>(static_cast<std::size_t>(ready)), in.sample_rate_hz};
  sonicReadFloatFromStream(stream, out.samples.data(), ready);
  sonicDestroyStream(stream);
  return out;
}

}  // namespace

std::vector<Candidate> sonic_candidates() { return {{"sonic", run}}; }

}  // namespace troupe::bench
