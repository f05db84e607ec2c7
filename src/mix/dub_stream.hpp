/// The dub as a stream: turns placed, levelled and faded, summed window by window.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mix/mixer.hpp"

namespace troupe::mix {

/// Linear gain per speaker id.
using Gains = std::map<std::string, float>;

/// @return the turn's audio; internal when its rate or length is not what the placement says.
Result<AudioBuffer> fetch_checked(const MixRequest& request, const PlacedTurn& turn);

/// Holds only the turns that sound at the moment. Not thread-safe; request and gains outlive it.
class DubStream {
 public:
  /// Told of each turn when it begins: its place in the request and what it adds to the track.
  using OnTurn = std::function<void(std::size_t turn, std::span<const float> samples)>;

  /// @param stems speaker ids whose own signals are wanted as well.
  DubStream(const MixRequest& request, const Gains& gains, std::vector<std::string> stems = {},
            OnTurn on_turn = {});

  /// Renders the next `count` samples at 24 kHz into track() and stem().
  Result<void> next(std::int64_t count);
  const std::vector<float>& track() const { return track_; }
  const std::vector<float>& stem(std::size_t index) const { return stem_samples_[index]; }
  std::size_t turns_held() const { return held_.size(); }

 private:
  struct Held {
    const PlacedTurn* turn;
    std::vector<float> samples;
    std::vector<float>* stem;  // null: not wanted
  };
  Result<void> open(std::size_t index);

  const MixRequest& request_;
  const Gains& gains_;
  std::vector<std::string> stems_;
  OnTurn on_turn_;
  std::vector<float> track_;
  std::vector<std::vector<float>> stem_samples_;
  std::vector<Held> held_;
  std::size_t next_turn_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace troupe::mix
