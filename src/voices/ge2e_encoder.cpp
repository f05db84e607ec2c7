#include "voices/ge2e_encoder.hpp"

#include <algorithm>
#include <cmath>

#include "core/try.hpp"
#include "dsp/mel.hpp"
#include "dsp/resample.hpp"
#include "voices/file_bytes.hpp"
#include "voices/npy.hpp"

namespace troupe::voices {
namespace {

constexpr int kRateHz = 16000;
constexpr dsp::MelShape kMel{};
constexpr std::int64_t kBins = kMel.n_fft / 2 + 1;
constexpr std::int64_t kWindowFrames = 160, kWindowHop = 80;
constexpr std::size_t kWindowSize = static_cast<std::size_t>(kWindowFrames * kMel.n_mels);

// Three batch shapes, so that the runtime compiles three sets of kernels whatever comes. Weights
// are read anew for each of 160 steps, so a batch of 8 costs no more than three single windows or
// so.
constexpr std::size_t batch_for(std::size_t windows) {
  if (windows <= 3) return 1;
  return windows <= 8 ? 8 : 16;
}
constexpr double kTargetRms = 0.0316227766;  // -30 dBFS
constexpr double kSilentRms = 1e-4;          // -80 dBFS

Result<void> normalise(std::vector<float>& samples) {
  if (samples.size() < kRateHz / 10)
    return fail(Errc::bad_input, "speaker encoder: " + std::to_string(samples.size() / 16) +
                                     " ms of sound; give at least 100 ms");
  double sum = 0;
  for (float x : samples) sum += static_cast<double>(x) * x;
  const double rms = std::sqrt(sum / static_cast<double>(samples.size()));
  if (!(rms > kSilentRms))
    return fail(Errc::bad_input, "speaker encoder: the audio is silent; give audible speech");
  const auto gain = static_cast<float>(kTargetRms / rms);
  for (float& x : samples) x *= gain;
  return {};
}

/// Unit length; false for a vector without direction.
bool make_unit(Embedding& embedding) {
  double sum = 0;
  for (float x : embedding) sum += static_cast<double>(x) * x;
  if (!(sum > 0) || !std::isfinite(sum)) return false;
  const auto scale = static_cast<float>(1 / std::sqrt(sum));
  for (float& x : embedding) x *= scale;
  return true;
}

class Ge2eEncoder final : public SpeakerEncoder {
 public:
  Ge2eEncoder(std::shared_ptr<const nn::Graph> graph, std::vector<float> filters)
      : graph_(std::move(graph)), filters_(std::move(filters)) {}

  Result<Embedding> embed(const AudioBuffer& audio) const override {
    TROUPE_TRY(AudioBuffer at_16k, dsp::resample(audio, kRateHz));
    TROUPE_CHECK(normalise(at_16k.samples));
    std::vector<float> mel = dsp::mel_power(at_16k.samples, filters_, kMel);
    mel.resize(std::max(mel.size(), kWindowSize), 0.0F);
    const auto frames = static_cast<std::int64_t>(mel.size()) / kMel.n_mels;
    const auto windows = static_cast<std::size_t>((frames - kWindowFrames) / kWindowHop + 1);

    Embedding sum{};
    for (std::size_t first = 0; first < windows;) {
      const std::size_t batch = batch_for(windows - first);
      const std::size_t used = std::min(windows - first, batch);
      TROUPE_CHECK(add_windows(mel, first, used, batch, sum));
      first += used;
    }
    if (!make_unit(sum))
      return fail(Errc::backend, "speaker encoder: the model gave an embedding without direction");
    return sum;
  }

 private:
  Result<void> add_windows(const std::vector<float>& mel, std::size_t first, std::size_t used,
                           std::size_t batch, Embedding& sum) const {
    std::vector<float> input(batch * kWindowSize, 0.0F);
    for (std::size_t i = 0; i < used; ++i) {
      const auto from =
          mel.begin() + static_cast<std::ptrdiff_t>((first + i) * kWindowHop *
                                                    static_cast<std::size_t>(kMel.n_mels));
      std::copy(from, from + kWindowSize,
                input.begin() + static_cast<std::ptrdiff_t>(i * kWindowSize));
    }
    TROUPE_TRY(
        const nn::Tensors outputs,
        graph_->run({{"mel", Tensor({static_cast<std::int64_t>(batch), kWindowFrames, kMel.n_mels},
                                    std::move(input))}}));
    const auto found = outputs.find("embedding");
    const auto* values = found == outputs.end() ? nullptr : found->second.floats();
    if (values == nullptr || values->size() != batch * sum.size())
      return fail(Errc::backend, "speaker encoder: the graph gave no 'embedding' [" +
                                     std::to_string(batch) + ", 256]");
    for (std::size_t i = 0; i < used * sum.size(); ++i) sum[i % sum.size()] += (*values)[i];
    return {};
  }

  std::shared_ptr<const nn::Graph> graph_;
  std::vector<float> filters_;
};

}  // namespace

Result<std::unique_ptr<SpeakerEncoder>> make_ge2e_encoder(
    std::shared_ptr<const nn::Graph> graph, const std::filesystem::path& mel_filters) {
  const auto missing = [](const std::string& what) {
    return fail(Errc::missing_model, what + "; fetch it with: troupe models fetch");
  };
  auto bytes = read_file(mel_filters);
  if (!bytes) return missing(bytes.error().message);
  auto filters = parse_npy(*bytes, mel_filters.string());
  if (!filters) return missing(filters.error().message);
  if (filters->shape != std::vector<std::int64_t>{kMel.n_mels, kBins})
    return missing(mel_filters.string() + ": not f32 [40, 201]");
  return std::make_unique<Ge2eEncoder>(std::move(graph), *filters->floats());
}

}  // namespace troupe::voices
