#include "mix/dub_stream.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "dsp/onset.hpp"

namespace troupe::mix {
namespace {

constexpr std::int64_t kFade = ms_to_samples(5);  // short enough to keep a plosive's burst

void add(const std::vector<float>& from, std::int64_t at, std::int64_t begin, std::int64_t end,
         std::vector<float>& to, std::int64_t origin) {
  for (std::int64_t i = begin; i < end; ++i)
    to[static_cast<std::size_t>(i - origin)] += from[static_cast<std::size_t>(i - at)];
}

}  // namespace

Result<AudioBuffer> fetch_checked(const MixRequest& request, const PlacedTurn& turn) {
  TROUPE_TRY(AudioBuffer audio, request.fetch(turn.index));
  if (audio.sample_rate_hz != kSampleRateHz || audio.size() != turn.length)
    return fail(Errc::internal,
                "mix: turn " + std::to_string(turn.index) + " has " + std::to_string(audio.size()) +
                    " samples at " + std::to_string(audio.sample_rate_hz) + " Hz, its placement " +
                    std::to_string(turn.length) + " at " + std::to_string(kSampleRateHz),
                "mix", turn.index);
  return audio;
}

DubStream::DubStream(const MixRequest& request, const Gains& gains, std::vector<std::string> stems,
                     OnTurn on_turn)
    : request_(request),
      gains_(gains),
      stems_(std::move(stems)),
      on_turn_(std::move(on_turn)),
      stem_samples_(stems_.size()) {}

Result<void> DubStream::open(std::size_t index) {
  const PlacedTurn& turn = request_.turns[index];
  if (turn.failed || turn.length == 0) return {};
  TROUPE_TRY(AudioBuffer audio, fetch_checked(request_, turn));
  const auto gain = gains_.find(turn.speaker_id);
  if (gain != gains_.end())
    for (float& sample : audio.samples) sample *= gain->second;
  dsp::fade_edges(audio.samples, std::min(kFade, turn.length / 2));
  if (on_turn_) on_turn_(index, audio.samples);

  const auto stem = std::find(stems_.begin(), stems_.end(), turn.speaker_id);
  held_.push_back({&turn, std::move(audio.samples),
                   stem == stems_.end() ? nullptr : &stem_samples_[stem - stems_.begin()]});
  return {};
}

Result<void> DubStream::next(std::int64_t count) {
  const std::int64_t end = position_ + count;
  track_.assign(static_cast<std::size_t>(count), 0.0f);
  for (auto& stem : stem_samples_) stem.assign(static_cast<std::size_t>(count), 0.0f);
  for (; next_turn_ < request_.turns.size() && request_.turns[next_turn_].start < end; ++next_turn_)
    TROUPE_CHECK(open(next_turn_));

  for (const Held& held : held_) {
    const std::int64_t start = held.turn->start;
    const std::int64_t from = std::max(start, position_);
    const std::int64_t to = std::min(start + held.turn->length, end);
    add(held.samples, start, from, to, track_, position_);
    if (held.stem) add(held.samples, start, from, to, *held.stem, position_);
  }
  std::erase_if(held_,
                [&](const Held& held) { return held.turn->start + held.turn->length <= end; });
  position_ = end;
  return {};
}

}  // namespace troupe::mix
