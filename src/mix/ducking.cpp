#include "mix/ducking.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace troupe::mix {
namespace {

constexpr double kDepthDb = 18;
constexpr auto kBefore = static_cast<double>(ms_to_samples(100));
constexpr auto kAfter = static_cast<double>(ms_to_samples(150));
constexpr std::int64_t kBridged = ms_to_samples(400);  // a shorter rise would sound like pumping

/// 1 at a distance of 0, 0 from `reach` on.
double nearness(double distance, double reach) {
  if (distance >= reach) return 0;
  return 0.5 + 0.5 * std::cos(std::numbers::pi * std::max(0.0, distance) / reach);
}

}  // namespace

Ducking::Ducking(std::span<const PlacedTurn> turns) {
  for (const PlacedTurn& turn : turns) {
    if (turn.failed || turn.length == 0) continue;
    const TimeRange range{turn.start, turn.start + turn.length};
    if (!speech_.empty() && range.begin - speech_.back().end < kBridged)
      speech_.back().end = std::max(speech_.back().end, range.end);
    else
      speech_.push_back(range);
  }
}

float Ducking::gain(double at) {
  while (next_ < speech_.size() && static_cast<double>(speech_[next_].end) <= at) ++next_;
  double depth = 0;
  if (next_ < speech_.size())
    depth = nearness(static_cast<double>(speech_[next_].begin) - at, kBefore);
  if (next_ > 0)
    depth = std::max(depth, nearness(at - static_cast<double>(speech_[next_ - 1].end), kAfter));
  return depth == 0 ? 1.0f : static_cast<float>(std::pow(10, -kDepthDb * depth / 20));
}

}  // namespace troupe::mix
