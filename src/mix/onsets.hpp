/// Where each turn is first heard (spec T5), found in the written track as it goes by.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "mix/mixer.hpp"

namespace troupe::mix {

/// A turn that shares its time with another one, or with the background, cannot be told apart in
/// the track: its onset is then found in its own signal as it was added. Not thread-safe.
class OnsetFinder {
 public:
  /// @param request outlives the finder.
  explicit OnsetFinder(const MixRequest& request);
  /// @param samples what the turn at this place in the request adds to the track.
  void turn_added(std::size_t turn, std::span<const float> samples);
  /// The next samples as written, mono 24 kHz. Not called when there is a background.
  void track_written(std::span<const float> samples);
  std::vector<std::optional<std::int64_t>> take() { return std::move(onsets_); }

 private:
  void look(std::size_t turn);

  const MixRequest& request_;
  std::vector<bool> masked_;
  std::vector<std::int64_t> earliest_;  // per turn: where the search in the track may begin
  std::vector<std::optional<std::int64_t>> onsets_;
  std::vector<float> recent_;  // the track since origin_
  std::int64_t origin_ = 0;
  std::size_t pending_ = 0;
};

}  // namespace troupe::mix
