#include "timing/layout.hpp"

#include <algorithm>
#include <limits>

namespace troupe::timing {
namespace {

Plan plan_concat(std::span<const Turn> turns, const Options& options) {
  const std::int64_t shortest = ms_to_samples(options.min_silence_ms);
  const std::int64_t longest = ms_to_samples(options.max_silence_ms);
  Plan plan{.layout = Layout::concat, .slots = {}, .expected = 0};
  plan.slots.reserve(turns.size());
  // Someone who says "mhm" ends while another one still speaks: that is no silence.
  std::int64_t latest_end = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    Slot slot{.start = plan.expected, .target = turns[i].span.length(), .gap_after = 0};
    plan.expected = slot.start + slot.target;
    latest_end = std::max(latest_end, turns[i].span.end);
    if (i + 1 < turns.size()) {
      const std::int64_t gap = turns[i + 1].span.begin - latest_end;
      if (gap > 0 && gap >= shortest) slot.gap_after = std::min(gap, longest);
      plan.expected += slot.gap_after;
    }
    plan.slots.push_back(slot);
  }
  return plan;
}

Plan plan_timeline(std::span<const Turn> turns, std::int64_t source_samples) {
  Plan plan{.layout = Layout::timeline, .slots = {}, .expected = source_samples};
  plan.slots.reserve(turns.size());
  std::int64_t latest_end = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const TimeRange span = turns[i].span;
    Slot slot{.start = span.begin, .target = span.length(), .gap_after = 0};
    if (latest_end <= span.end) {  // else an earlier turn still speaks when this one ends
      // A turn that lies wholly inside this one is over by then and leaves the silence free.
      auto next = std::find_if(turns.begin() + static_cast<std::ptrdiff_t>(i) + 1, turns.end(),
                               [&](const Turn& turn) { return turn.span.end > span.end; });
      const std::int64_t until = next == turns.end() ? source_samples : next->span.begin;
      slot.gap_after = std::max<std::int64_t>(0, until - span.end);
    }
    latest_end = std::max(latest_end, span.end);
    plan.slots.push_back(slot);
  }
  return plan;
}

}  // namespace

Plan plan_layout(std::span<const Turn> turns, Layout layout, std::int64_t source_samples,
                 const Options& options) {
  return layout == Layout::timeline ? plan_timeline(turns, source_samples)
                                    : plan_concat(turns, options);
}

}  // namespace troupe::timing
