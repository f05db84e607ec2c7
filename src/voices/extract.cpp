#include "voices/extract.hpp"

#include <algorithm>
#include <cmath>

#include "voices/spans.hpp"

namespace troupe::voices {
namespace {

std::vector<Chunk> empty_chunks(const std::vector<TimeRange>& spans) {
  std::vector<Chunk> chunks;
  for (const TimeRange& span : spans) chunks.push_back({span, {}});
  return chunks;
}

void drop_missing(std::vector<Chunk>& chunks) {
  std::erase_if(chunks, [](const Chunk& chunk) { return chunk.samples.empty(); });
  for (Chunk& chunk : chunks)
    chunk.span.end = chunk.span.begin + static_cast<std::int64_t>(chunk.samples.size());
}

// Linear up to the knee, then bends towards the ceiling without ever passing it.
float soft_clip(float x) {
  constexpr float kKnee = 0.9F, kCeiling = 0.99F;
  const float magnitude = std::abs(x);
  if (magnitude <= kKnee) return x;
  const float room = kCeiling - kKnee;
  return std::copysign(kKnee + room * std::tanh((magnitude - kKnee) / room), x);
}

}  // namespace

ReferenceCollector::ReferenceCollector(std::span<const Segment> segments) {
  for (SpeakerSpans& spans : choose_spans(segments))
    speakers_.push_back({std::move(spans.speaker_id), spans.segments, empty_chunks(spans.chosen),
                         empty_chunks(spans.around)});
  for (std::size_t speaker = 0; speaker < speakers_.size(); ++speaker) {
    for (std::size_t i = 0; i < speakers_[speaker].chunks.size(); ++i)
      pending_.push_back({speakers_[speaker].chunks[i].span, speaker, i, false});
    for (std::size_t i = 0; i < speakers_[speaker].around.size(); ++i)
      pending_.push_back({speakers_[speaker].around[i].span, speaker, i, true});
  }
  std::sort(pending_.begin(), pending_.end(),
            [](const Pending& a, const Pending& b) { return a.span.begin < b.span.begin; });
}

void ReferenceCollector::push(std::span<const float> block) {
  const TimeRange here{position_, position_ + static_cast<std::int64_t>(block.size())};
  position_ = here.end;
  for (std::size_t i = first_; i < pending_.size() && pending_[i].span.begin < here.end; ++i) {
    const Pending& wanted = pending_[i];
    const std::int64_t begin = std::max(wanted.span.begin, here.begin);
    const std::int64_t end = std::min(wanted.span.end, here.end);
    if (begin >= end) continue;
    SpeakerAudio& speaker = speakers_[wanted.speaker];
    Chunk& chunk = (wanted.is_around ? speaker.around : speaker.chunks)[wanted.chunk];
    const auto part = block.subspan(static_cast<std::size_t>(begin - here.begin),
                                    static_cast<std::size_t>(end - begin));
    chunk.samples.insert(chunk.samples.end(), part.begin(), part.end());
  }
  while (first_ < pending_.size() && pending_[first_].span.end <= position_) ++first_;
}

std::vector<SpeakerAudio> ReferenceCollector::finish() && {
  for (SpeakerAudio& speaker : speakers_) {
    drop_missing(speaker.chunks);
    drop_missing(speaker.around);
  }
  return std::move(speakers_);
}

AudioBuffer join_chunks(std::span<const Chunk> chunks) {
  AudioBuffer joined;
  for (const Chunk& chunk : chunks) {
    if (!joined.samples.empty())
      joined.samples.resize(joined.samples.size() + ms_to_samples(50), 0.0F);
    joined.samples.insert(joined.samples.end(), chunk.samples.begin(), chunk.samples.end());
  }
  float peak = 0;
  for (float x : joined.samples) peak = std::max(peak, std::abs(x));
  if (peak <= 0) return joined;
  const float gain = std::pow(10.0F, -3.0F / 20.0F) / peak;
  for (float& x : joined.samples) x = soft_clip(x * gain);
  return joined;
}

}  // namespace troupe::voices
