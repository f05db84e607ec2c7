/// Fitted turns -> one track, streamed: memory is a few windows whatever the length (spec M1, M2).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/media.hpp"
#include "core/turn.hpp"
#include "troupe/options.hpp"

namespace troupe::mix {

/// One turn on the track. Audio is fetched when its time comes and dropped when it has passed.
struct PlacedTurn {
  int index = 0;
  std::string speaker_id;
  std::int64_t start = 0;  ///< 24 kHz clock
  std::int64_t length = 0;
  bool failed = false;  ///< silence: nothing to fetch
};
/// Called for each turn up to five times (its level, the whole's level, the track), so it should be
/// cheap: read from a spool, not rendered anew. Must return `length` samples at 24 kHz.
using FetchTurn = std::function<Result<AudioBuffer>(int turn_index)>;

/// The original underneath (Background::keep): decoded a second time, ducked 18 dB under speech.
struct BackgroundSource {
  std::filesystem::path path;
  const Media* media = nullptr;
};

struct MixRequest {
  std::vector<PlacedTurn> turns;  ///< by start, none past `length`
  FetchTurn fetch;
  std::int64_t length = 0;   ///< of the track, 24 kHz clock
  double target_lufs = -23;  ///< each speaker's and the whole dub's, in the track's channels
  double ceiling_dbtp = -1;  ///< true-peak limit
  std::optional<BackgroundSource> background;  ///< then the mix is 48 kHz stereo, else 24 kHz mono
};

struct MixResult {
  double loudness_lufs = 0;  ///< of the written track, background included; -70 for silence
  double true_peak_dbtp = 0;
  std::vector<std::optional<std::int64_t>> onsets;  ///< per turn of the request: first audible
                                                    ///< sample found in the written track, 24 kHz
};

/// Format the writer must be opened with.
struct MixFormat {
  int sample_rate_hz = 24000, channels = 1;
};
MixFormat mix_format(const MixRequest& request);

/// Measures (pass 1), then writes (pass 2). @param stems one writer per speaker id, or empty; each
/// gets that speaker alone, same gains as in the track, same length, mono 24 kHz. Does not call
/// finish().
/// @return the errors of fetch, writers and decoder; cancelled; internal for a broken request.
Result<MixResult> mix(const MixRequest& request, AudioWriter& out,
                      std::span<const std::pair<std::string, AudioWriter*>> stems,
                      std::stop_token stop);

}  // namespace troupe::mix
