/// Pieces of one turn: how long each should be, how they are put together, what is absurd.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/audio.hpp"
#include "core/turn.hpp"

namespace troupe::speech {

/// Pieces of each phrase, phrase by phrase.
using PhrasePieces = std::vector<std::vector<std::string>>;

/// Samples between a piece and the next one of the same phrase, by how the piece ends: 120 ms after
/// a sentence, 60 ms after a clause, -5 ms (a crossfade) where a sentence was cut at a word.
std::int64_t gap_after(std::string_view piece);

/// Samples of a turn that are not speech: kept pauses and the gaps between pieces.
std::int64_t silence_of(const Turn& turn, const PhrasePieces& pieces);

/// Shares `total` over the pieces in proportion to their natural lengths, each kept within
/// pace_min .. pace_max of its own; where no limit binds the sum is exactly `total`.
std::vector<std::int64_t> share_length(std::int64_t total, std::span<const std::int64_t> natural,
                                       double pace_min, double pace_max);

struct JoinedTurn {
  AudioBuffer audio;
  std::vector<TimeRange> phrases;  ///< where each phrase that has sound lies in `audio`
};

/// Joins pieces (consumed) with short fades at every edge; pauses between phrases are exact.
JoinedTurn join_pieces(const Turn& turn, const PhrasePieces& pieces,
                       std::vector<AudioBuffer> audio);

/// Whether speech of `samples` cannot be a reading of the text: less than a quarter or more than
/// four times what 14 letters a second give (a digit counts 5, a CJK sign 3; 0.5 s at least).
bool absurd_length(std::string_view text, double speed, std::int64_t samples);

}  // namespace troupe::speech
