#include "timing/fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace troupe::timing {
namespace {

constexpr std::int64_t kLeastGap = ms_to_samples(100);  // spec T4: never below 100 ms
constexpr double kUndoneShare = 0.02;       // half of the fit goal (5 %) stays free for rounding
constexpr double kLastUndoneShare = 0.005;  // half of the drift goal (1 %)

bool within_tolerance(std::int64_t length, std::int64_t target, const Options& options) {
  return 100.0 * static_cast<double>(std::abs(length - target)) <=
         options.fit_tolerance_percent * static_cast<double>(target);
}

/// @param left the largest miss that may be left as it is.
std::int64_t fitted_length(std::int64_t spoken, std::int64_t pauses, const Slot& slot,
                           std::int64_t left, const Options& options) {
  const bool close = within_tolerance(spoken, slot.target, options);
  if (!options.fit || (close && std::abs(spoken - slot.target) <= left)) return spoken;
  if (spoken < slot.target) return std::min(slot.target, pauses + (spoken - pauses) * 5 / 4);
  const std::int64_t room = slot.target + borrowable(slot.gap_after);
  const std::int64_t shortest = pauses + ((spoken - pauses) * 4 + 4) / 5;
  return std::min(spoken, std::max(room, shortest));
}

}  // namespace

std::vector<std::optional<std::int64_t>> choose_lengths(
    const Plan& plan, std::span<const std::optional<std::int64_t>> natural,
    std::span<const std::int64_t> pauses, const PaceRange& pace, const Options& options) {
  std::vector<std::optional<std::int64_t>> lengths(plan.slots.size());
  if (!options.fit || pace.min >= pace.max) return lengths;
  std::int64_t speech = 0, undone = 0;
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    const std::int64_t target = plan.slots[i].target;
    speech += target;
    if (!natural[i] || *natural[i] <= pauses[i]) continue;

    const std::int64_t miss = std::abs(*natural[i] - target);
    const bool last = i + 1 == plan.slots.size();
    const bool negligible =
        static_cast<double>(undone + miss) <= kUndoneShare * static_cast<double>(speech) &&
        (!last ||
         static_cast<double>(miss) <= kLastUndoneShare * static_cast<double>(plan.expected));
    const bool fits = *natural[i] <= target + borrowable(plan.slots[i].gap_after);
    if (negligible && fits && within_tolerance(*natural[i], target, options)) {
      undone += miss;
      continue;
    }
    // Rounded inwards, so that the engine never sees a ratio outside its range.
    const auto own = static_cast<double>(*natural[i] - pauses[i]);
    const auto shortest = pauses[i] + static_cast<std::int64_t>(std::ceil(own * pace.min));
    const auto longest = pauses[i] + static_cast<std::int64_t>(std::floor(own * pace.max));
    lengths[i] = std::max(shortest, std::min(target, longest));
    undone += std::abs(*lengths[i] - target);
  }
  return lengths;
}

std::int64_t borrowable(std::int64_t gap_after) {
  return std::max<std::int64_t>(0, std::min(gap_after / 2, gap_after - kLeastGap));
}

std::vector<Placement> fit_turns(const Plan& plan, std::span<const std::int64_t> spoken,
                                 std::span<const std::int64_t> pauses, const Options& options) {
  std::vector<Placement> placements;
  placements.reserve(plan.slots.size());
  std::int64_t earliest = 0;  // where the turn before and the least gap after it end
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    const Slot& slot = plan.slots[i];
    // What the last turn misses is the whole track's drift.
    const bool last = plan.layout == Layout::concat && i + 1 == plan.slots.size();
    const std::int64_t left =
        last ? std::llround(kLastUndoneShare * static_cast<double>(plan.expected)) : slot.target;
    Placement place{.start = slot.start,
                    .length = fitted_length(spoken[i], pauses[i], slot, left, options),
                    .spoken = spoken[i],
                    .overflow = 0};
    if (plan.layout == Layout::concat) place.start = std::max(slot.start, earliest);
    const std::int64_t end = place.start + place.length;
    const std::int64_t limit = slot.start + slot.target + borrowable(slot.gap_after);
    place.overflow = std::max<std::int64_t>(0, end - limit);
    earliest = end + std::min(slot.gap_after, kLeastGap);
    placements.push_back(place);
  }
  return placements;
}

}  // namespace troupe::timing
