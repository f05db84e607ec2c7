/// Source audio + segments -> each speaker's own clean stretches, in one pass (spec V1, V3).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/turn.hpp"

namespace troupe::voices {

inline constexpr std::int64_t kTargetReferenceSamples = 12 * kSampleRateHz;
inline constexpr std::int64_t kMaxReferenceSamples = 30 * kSampleRateHz;

/// One stretch of a speaker, free of other speakers, with a little context around it for the SNR.
struct Chunk {
  TimeRange span;              ///< in the source, 24 kHz clock
  std::vector<float> samples;  ///< mono 24 kHz, exactly the span
};

/// What one speaker said and what was kept of it.
struct SpeakerAudio {
  std::string speaker_id;
  int segments = 0;
  std::vector<Chunk> chunks;  ///< longest first chosen, then in time order; <= 12 s in all
  std::vector<Chunk> around;  ///< up to 0.5 s before and after chosen chunks, nobody speaking
};

/// Decides from the timestamps alone which spans to keep, then picks them out of a stream of
/// blocks. A stretch keeps 20 ms away from every other speaker; whole stretches are taken, longest
/// first, until kTargetReferenceSamples (the last one is cut); stretches below 300 ms only when a
/// speaker has nothing longer. Memory: the chosen spans only. Not thread-safe.
class ReferenceCollector {
 public:
  explicit ReferenceCollector(std::span<const Segment> segments);
  /// Consecutive mono 24 kHz samples of the source.
  void push(std::span<const float> block);
  /// Every speaker in order of first appearance. Spans past the stream's end come back shorter, or
  /// not at all.
  std::vector<SpeakerAudio> finish() &&;

 private:
  struct Pending {
    TimeRange span;
    std::size_t speaker, chunk;
    bool is_around;
  };
  std::vector<SpeakerAudio> speakers_;
  std::vector<Pending> pending_;  // in order of begin
  std::size_t first_ = 0;         // those before are complete
  std::int64_t position_ = 0;
};

/// Joins chunks with 50 ms gaps, peak to -3 dBFS, soft clip at +-0.99 (spec V3). Digital silence
/// stays silent. The result is 24 kHz.
AudioBuffer join_chunks(std::span<const Chunk> chunks);

}  // namespace troupe::voices
