#include "speech/kokoro/kokoro_durations.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace troupe::speech {
namespace {

constexpr double kRingingFrames = 4;
// Below this, half a step would be a tenth of the length.
constexpr std::int64_t kFineStepsBelow = 128;
// Sounds die away within it.
constexpr std::int64_t kLeastEndFrames = 4;

double sounding_frames(std::span<const float> frames, const KokoroTokens& tokens) {
  return std::accumulate(frames.begin() + static_cast<std::ptrdiff_t>(tokens.first),
                         frames.begin() + static_cast<std::ptrdiff_t>(tokens.last), 0.0);
}

/// The runtime compiles its kernels anew for every length, so lengths come in steps. The silence at
/// the end takes up the difference, if it can by getting shorter: less to render, and less silence
/// for the normalisations over time to hear.
void end_on_step(std::vector<std::int64_t>& durations) {
  const auto sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
  const std::int64_t step = sum < kFineStepsBelow ? kFrameStep / 2 : kFrameStep;
  const std::int64_t over = sum % step;
  durations.back() += over <= durations.back() - kLeastEndFrames ? -over : step - over;
}

}  // namespace

std::int64_t audible_samples(std::span<const float> frames, const KokoroTokens& tokens,
                             double speed) {
  return std::llround((sounding_frames(frames, tokens) / speed + kRingingFrames) *
                      static_cast<double>(kSamplesPerFrame));
}

std::vector<std::int64_t> choose_durations(std::span<const float> frames,
                                           const KokoroTokens& tokens, double speed,
                                           std::optional<std::int64_t> length) {
  const double natural = std::max(1.0, sounding_frames(frames, tokens) / speed);
  const auto sounding = static_cast<std::int64_t>(tokens.last - tokens.first);
  const double wanted =
      length ? static_cast<double>(*length) / kSamplesPerFrame - kRingingFrames : natural;
  const std::int64_t total = std::max(sounding, static_cast<std::int64_t>(std::llround(wanted)));
  const double scale = static_cast<double>(total) / (natural * speed);

  std::vector<std::int64_t> durations(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i)
    durations[i] = std::max<std::int64_t>(1, std::llround(frames[i] / speed));

  // Largest remainder: floor everything, then hand the missing frames to the largest fractions.
  std::vector<std::pair<double, std::size_t>> remainders;
  std::int64_t given = 0;
  for (std::size_t i = tokens.first; i < tokens.last; ++i) {
    const double exact = frames[i] * scale;
    durations[i] = std::max<std::int64_t>(1, static_cast<std::int64_t>(exact));
    given += durations[i];
    remainders.emplace_back(exact - static_cast<double>(durations[i]), i);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; given < total; i = (i + 1) % remainders.size(), ++given)
    ++durations[remainders[i].second];
  // Tokens raised to one frame may have given too many: take back where it is least missed.
  for (auto it = remainders.rbegin(); given > total; ++it) {
    if (it == remainders.rend()) it = remainders.rbegin();
    if (durations[it->second] > 1) {
      --durations[it->second];
      --given;
    }
  }
  end_on_step(durations);
  return durations;
}

}  // namespace troupe::speech
