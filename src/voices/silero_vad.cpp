#include "voices/silero_vad.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "dsp/resample.hpp"

namespace troupe::voices {
namespace {

constexpr int kRateHz = 16000;
constexpr std::int64_t kFrame = 512;   // 32 ms
constexpr std::int64_t kContext = 64;  // the end of the frame before, seen again
constexpr std::int64_t kRow = kContext + kFrame;
constexpr std::int64_t kBatch = 32;  // one shape for every length; 1 s per call
const std::vector<std::int64_t> kStateShape{1, 1, 128};

Result<Tensor> take(nn::Tensors& outputs, const char* name, std::size_t size) {
  const auto found = outputs.find(name);
  if (found == outputs.end() || found->second.floats() == nullptr ||
      found->second.floats()->size() != size)
    return fail(Errc::backend, std::string("voice activity: the graph gave no '") + name + "' of " +
                                   std::to_string(size) + " values");
  return std::move(found->second);
}

}  // namespace

Result<std::vector<float>> SileroVad::probabilities(const AudioBuffer& audio) const {
  TROUPE_TRY(const AudioBuffer at_16k, dsp::resample(audio, kRateHz));
  const std::int64_t frames = (at_16k.size() + kFrame - 1) / kFrame;
  std::vector<float> speech;
  Tensor h(kStateShape, std::vector<float>(128, 0.0F)), c = h;
  for (std::int64_t first = 0; first < frames; first += kBatch) {
    std::vector<float> rows(static_cast<std::size_t>(kBatch * kRow), 0.0F);
    for (std::int64_t i = 0; i < kBatch; ++i) {
      const std::int64_t begin = (first + i) * kFrame - kContext;
      for (std::int64_t k = std::max<std::int64_t>(0, -begin); k < kRow; ++k) {
        if (begin + k >= at_16k.size()) break;
        rows[static_cast<std::size_t>(i * kRow + k)] =
            at_16k.samples[static_cast<std::size_t>(begin + k)];
      }
    }
    TROUPE_TRY(nn::Tensors outputs, graph_->run({{"input", Tensor({kBatch, kRow}, std::move(rows))},
                                                 {"h", std::move(h)},
                                                 {"c", std::move(c)}}));
    TROUPE_TRY(const Tensor batch, take(outputs, "speech", kBatch));
    TROUPE_TRY(h, take(outputs, "next_h", 128));
    TROUPE_TRY(c, take(outputs, "next_c", 128));
    h.shape = c.shape = kStateShape;
    const auto used = std::min(kBatch, frames - first);
    speech.insert(speech.end(), batch.floats()->begin(), batch.floats()->begin() + used);
  }
  return speech;
}

}  // namespace troupe::voices
