#include "mix/onsets.hpp"

#include <algorithm>

#include "dsp/onset.hpp"

namespace troupe::mix {
namespace {

constexpr std::int64_t kBefore = ms_to_samples(50);  // finds a turn that sounds early, too

std::int64_t end_of(const PlacedTurn& turn) { return turn.start + turn.length; }

}  // namespace

OnsetFinder::OnsetFinder(const MixRequest& request)
    : request_(request),
      masked_(request.turns.size(), request.background.has_value()),
      earliest_(request.turns.size(), 0),
      onsets_(request.turns.size()) {
  std::int64_t latest_end = 0;
  std::optional<std::size_t> latest;
  for (std::size_t i = 0; i < request.turns.size(); ++i) {
    const PlacedTurn& turn = request.turns[i];
    if (turn.failed) continue;
    if (latest && latest_end > turn.start) masked_[i] = masked_[*latest] = true;
    earliest_[i] = std::max(latest_end, turn.start - kBefore);
    if (end_of(turn) >= latest_end) {
      latest_end = end_of(turn);
      latest = i;
    }
  }
}

void OnsetFinder::turn_added(std::size_t turn, std::span<const float> samples) {
  if (!masked_[turn]) return;
  if (const auto range = dsp::audible_range(samples, kSampleRateHz))
    onsets_[turn] = request_.turns[turn].start + range->begin;
}

void OnsetFinder::look(std::size_t turn) {
  const PlacedTurn& placed = request_.turns[turn];
  const std::int64_t begin = std::max(earliest_[turn], origin_);
  const auto span = std::span(recent_).subspan(static_cast<std::size_t>(begin - origin_),
                                               static_cast<std::size_t>(end_of(placed) - begin));
  if (const auto range = dsp::audible_range(span, kSampleRateHz))
    onsets_[turn] = begin + range->begin;
}

void OnsetFinder::track_written(std::span<const float> samples) {
  recent_.insert(recent_.end(), samples.begin(), samples.end());
  const std::int64_t written = origin_ + static_cast<std::int64_t>(recent_.size());
  for (; pending_ < request_.turns.size(); ++pending_) {
    const PlacedTurn& turn = request_.turns[pending_];
    if (turn.failed || masked_[pending_]) continue;
    if (end_of(turn) > written) break;
    look(pending_);
  }
  const std::int64_t wanted =
      pending_ < request_.turns.size() ? request_.turns[pending_].start : written;
  const std::int64_t keep = std::max(origin_, std::min(wanted, written) - kBefore);
  recent_.erase(recent_.begin(), recent_.begin() + (keep - origin_));
  origin_ = keep;
}

}  // namespace troupe::mix
