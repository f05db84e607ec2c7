/// Turns + voices -> utterances, all at once, whatever fails (spec S2-S6).
///
/// Two steps, because the plan comes between them: prepare() splits the texts and asks the engine
/// how long each turn would naturally be; speak() renders with the lengths that timing/ chose.
/// Ladder per turn: the voice's backend (two more attempts with derived seeds when it samples),
/// the generic voice of that backend, the last-resort backend, silence marked failed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/speech_backend.hpp"
#include "core/turn.hpp"
#include "troupe/options.hpp"

namespace troupe::speech {

/// seed of an attempt = hash(job seed, turn, attempt): the same at any number of workers.
std::uint64_t attempt_seed(std::uint64_t job_seed, int turn, int attempt);

/// A speaker's voice and what follows when it fails.
struct SpeakerChoice {
  VoicePtr voice;
  VoicePtr generic;  ///< of the same backend
};

struct PreparedTurn {
  const Turn* turn = nullptr;
  /// Pieces of each phrase, phrase by phrase; empty when the backend cannot read the text, which
  /// `unsupported` then explains: the turn goes down the ladder.
  std::vector<std::vector<std::string>> pieces;
  std::string unsupported;
  std::optional<std::int64_t> natural_samples;  ///< predicted, kept pauses included
  std::vector<std::int64_t> piece_natural;      ///< per piece; empty without a prediction
};

struct SpokenTurn {
  int turn = 0;
  bool ok = false;
  std::string error;  ///< of the last failed attempt, kept also when a later one succeeded
  AudioBuffer audio;  ///< kept pauses included; silence of the target's length when failed
  std::vector<TimeRange> phrases;  ///< in `audio`; what lies between them are kept pauses
  std::int64_t natural_samples = 0;
  std::string backend;  ///< that spoke; empty when failed
  std::string voice;    ///< Voice::name
  VoiceKind kind = VoiceKind::generic;
  int attempts = 0;
  std::uint64_t seed = 0;
};

/// A turn without a single readable word (emoji, dashes) is `ok`: there is nothing to say, so it is
/// silence of the target's length, with the reason in `error`.
///
/// Takes a finished turn (spools, measures it); called from worker threads, once per turn, in any
/// order. An error stops the scheduler and becomes its result.
using TurnSink = std::function<Result<void>(SpokenTurn&&)>;

struct SchedulerPorts {
  const SpeechBackend& primary;
  const SpeechBackend* last_resort;  ///< espeak, or null; used only where no model speaks
  Log& log;
};

class Scheduler {
 public:
  Scheduler(SchedulerPorts ports, const Options& options, std::string language, int workers);

  /// In the order of `turns`; runs on the pool. Pure: the same for any number of workers.
  Result<std::vector<PreparedTurn>> prepare(std::span<const Turn> turns,
                                            const std::map<std::string, SpeakerChoice>& voices,
                                            std::stop_token stop) const;

  /// @param lengths audible samples wanted per turn, kept pauses included; absent = natural.
  Result<void> speak(std::span<const PreparedTurn> turns,
                     std::span<const std::optional<std::int64_t>> lengths,
                     const std::map<std::string, SpeakerChoice>& voices, std::stop_token stop,
                     const TurnSink& sink) const;

 private:
  SchedulerPorts ports_;
  Options options_;
  std::string language_;
  int workers_;
};

}  // namespace troupe::speech
