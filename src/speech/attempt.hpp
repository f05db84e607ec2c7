/// One rung of the ladder: speaks a set of turns once, all pieces in one call of the backend.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/speech_backend.hpp"
#include "core/turn.hpp"
#include "speech/joining.hpp"
#include "troupe/options.hpp"

namespace troupe::speech {

/// A turn about to be spoken.
struct Attempt {
  const Turn* turn = nullptr;
  PhrasePieces pieces;
  VoicePtr voice;
  int number = 0;                      ///< 0 for the first attempt of the turn
  std::optional<std::int64_t> length;  ///< audible samples wanted, kept pauses included
  std::vector<std::int64_t> natural;   ///< per piece; empty = ask the backend if it has a pace
};

struct SpokenAttempt {
  AudioBuffer audio;
  std::vector<TimeRange> phrases;  ///< in `audio`
  std::int64_t natural_samples = 0;
};

/// The requests of one attempt, piece by piece, without lengths.
std::vector<SpeechRequest> requests_of(const Attempt& attempt, const Options& options,
                                       const std::string& language);

/// Natural length of every request; empty when the backend has no pace control.
Result<std::vector<std::int64_t>> natural_lengths(const SpeechBackend& backend,
                                                  std::span<const SpeechRequest> requests);

/// Called once per attempt, in any order, from worker threads.
using AttemptSink = std::function<void(std::size_t index, Result<SpokenAttempt> spoken)>;

/// Longest turns start first; at any time only the pieces of unfinished turns are held. A backend
/// that throws fails only the turns that throw when spoken alone.
void run_attempts(const SpeechBackend& backend, std::span<const Attempt> attempts,
                  const Options& options, const std::string& language, int workers,
                  std::stop_token stop, const AttemptSink& sink);

}  // namespace troupe::speech
