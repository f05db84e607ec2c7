#include "speech/scheduler.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "speech/attempt.hpp"
#include "speech/text.hpp"

namespace troupe::speech {
namespace {

constexpr int kSamplingAttempts = 3;
constexpr int kDefaultPieceUnits = 500;
constexpr std::string_view kNothingToSay = "nothing to say: the text has no words";

std::uint64_t mix(std::uint64_t x) {  // splitmix64 (Steele, Lea & Flood 2014)
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

Result<PhrasePieces> pieces_of(const SpeechBackend& backend, const std::string& language,
                               const Turn& turn) {
  const int limit = backend.info().max_text_units;
  PhrasePieces pieces;
  for (const Phrase& phrase : turn.phrases) {
    TROUPE_TRY(auto split,
               split_text(clean_text(phrase.text, language), language,
                          limit > 0 ? limit : kDefaultPieceUnits, [&](std::string_view text) {
                            return backend.text_units(text, language);
                          }));
    pieces.push_back(std::move(split));
  }
  return pieces;
}

bool nothing_to_say(const PhrasePieces& pieces) {
  return std::all_of(pieces.begin(), pieces.end(), [](const auto& p) { return p.empty(); });
}

SpeakerChoice choice_of(const std::map<std::string, SpeakerChoice>& voices, const Turn& turn) {
  const auto found = voices.find(turn.speaker_id);
  return found == voices.end() ? SpeakerChoice{} : found->second;
}

void measure(const SpeechBackend& backend, const Options& options, const std::string& language,
             VoicePtr voice, PreparedTurn& prepared) {
  Attempt attempt;
  attempt.turn = prepared.turn;
  attempt.pieces = prepared.pieces;
  attempt.voice = std::move(voice);
  const auto natural = natural_lengths(backend, requests_of(attempt, options, language));
  // A turn that cannot be measured is spoken at its natural length, or fails there with a reason.
  if (!natural || natural->empty()) return;
  prepared.piece_natural = *natural;
  prepared.natural_samples = std::accumulate(natural->begin(), natural->end(),
                                             silence_of(*prepared.turn, prepared.pieces));
}

/// A turn on its way down the ladder.
struct Climber {
  const PreparedTurn* prepared = nullptr;
  std::optional<std::int64_t> length;
  SpeakerChoice choice;
  SpokenTurn record;
  Errc code = Errc::backend;
  bool delivered = false;
};

class Ladder {
 public:
  Ladder(const Options& options, const std::string& language, int workers, Log& log,
         std::stop_token stop, const TurnSink& sink)
      : options_(options),
        language_(language),
        workers_(workers),
        log_(log),
        forward_(stop, [this] { stop_.request_stop(); }),
        sink_(sink) {}

  bool stopped() const { return stop_.stop_requested(); }
  const std::optional<Error>& sink_error() const { return sink_error_; }

  void deliver(Climber& climber) {
    climber.delivered = true;
    if (stopped()) return;
    Result<void> taken = fail(Errc::internal, "the turn's sink threw");
    try {
      taken = sink_(std::move(climber.record));
    } catch (const std::exception& error) {
      taken = fail(Errc::internal, std::string("the turn's sink threw: ") + error.what());
    } catch (...) {  // the message above stands
    }
    if (!taken) {
      const std::lock_guard lock(mutex_);
      if (!sink_error_) sink_error_ = std::move(taken).error();
      stop_.request_stop();
    }
  }

  void deliver_silence(Climber& climber, bool ok) {
    const std::int64_t length = climber.length.value_or(climber.prepared->turn->span.length());
    climber.record.ok = ok;
    climber.record.audio.samples.assign(static_cast<std::size_t>(std::max<std::int64_t>(0, length)),
                                        0.0f);
    climber.record.natural_samples = climber.record.audio.size();
    deliver(climber);
  }

  void run(const SpeechBackend& backend, std::span<Climber* const> climbers,
           std::vector<Attempt> attempts) {
    if (attempts.empty() || stopped()) return;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      SpokenTurn& record = climbers[i]->record;
      attempts[i].number = record.attempts++;
      record.seed = attempt_seed(options_.seed, record.turn, attempts[i].number);
    }
    const auto land = [&](std::size_t i, Result<SpokenAttempt> spoken) {
      Climber& climber = *climbers[i];
      if (!spoken) {
        climber.code = spoken.error().code;
        climber.record.error = spoken.error().message;
        return;
      }
      SpokenTurn& record = climber.record;
      record.ok = true;
      record.audio = std::move(spoken->audio);
      record.phrases = std::move(spoken->phrases);
      record.natural_samples = spoken->natural_samples;
      record.backend = backend.info().name;
      record.voice = attempts[i].voice->name;
      record.kind = attempts[i].voice->kind;
      deliver(climber);
    };
    run_attempts(backend, attempts, options_, language_, workers_, stop_.get_token(), land);
    if (stopped()) return;
    for (const Climber* climber : climbers)
      if (!climber->delivered)
        log_.warn("turn " + std::to_string(climber->record.turn) + ": attempt " +
                  std::to_string(climber->record.attempts) + " of " + backend.info().name +
                  " failed: " + climber->record.error);
  }

  /// Same pieces, one more attempt in the given voice of each.
  void speak_with(const SpeechBackend& backend, std::span<Climber* const> climbers,
                  VoicePtr SpeakerChoice::*voice, bool measured) {
    std::vector<Attempt> attempts;
    for (const Climber* climber : climbers) {
      Attempt attempt;
      attempt.turn = climber->prepared->turn;
      attempt.pieces = climber->prepared->pieces;
      attempt.voice = climber->choice.*voice;
      attempt.length = climber->length;
      if (measured) attempt.natural = climber->prepared->piece_natural;
      attempts.push_back(std::move(attempt));
    }
    run(backend, climbers, std::move(attempts));
  }

  /// Another engine: its own pieces, its own stock voices, a different one for each speaker.
  void speak_elsewhere(const SpeechBackend& backend, std::span<Climber* const> climbers) {
    std::map<std::string, VoicePtr> stock;
    std::vector<std::string> taken;
    std::vector<Climber*> able;
    std::vector<Attempt> attempts;
    for (Climber* climber : climbers) {
      Result<Attempt> attempt = fail(Errc::backend, backend.info().name + ": threw");
      try {
        attempt = elsewhere(backend, *climber, stock, taken);
      } catch (const std::exception& error) {
        attempt = fail(Errc::backend, backend.info().name + ": " + error.what());
      }
      if (!attempt) {
        climber->record.error = attempt.error().message;
        continue;
      }
      able.push_back(climber);
      attempts.push_back(std::move(*attempt));
    }
    run(backend, able, std::move(attempts));
  }

 private:
  Result<Attempt> elsewhere(const SpeechBackend& backend, const Climber& climber,
                            std::map<std::string, VoicePtr>& stock,
                            std::vector<std::string>& taken) const {
    Attempt attempt;
    attempt.turn = climber.prepared->turn;
    TROUPE_TRY(attempt.pieces, pieces_of(backend, language_, *attempt.turn));
    VoicePtr& voice = stock[attempt.turn->speaker_id];
    if (!voice) {
      const VoicePtr& own = climber.choice.voice;
      TROUPE_TRY(voice, backend.generic_voice(language_, taken, own ? own->f0_hz : std::nullopt));
      taken.push_back(voice->name);
    }
    attempt.voice = voice;
    attempt.length = climber.length;
    return attempt;
  }

  const Options& options_;
  const std::string& language_;
  int workers_;
  Log& log_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  const TurnSink& sink_;
  std::mutex mutex_;
  std::optional<Error> sink_error_;
};

template <class Wanted>
std::vector<Climber*> left(std::vector<Climber>& climbers, const Wanted& wanted) {
  std::vector<Climber*> result;
  for (Climber& climber : climbers)
    if (!climber.delivered && wanted(climber)) result.push_back(&climber);
  return result;
}

bool readable(const Climber& climber) { return climber.code != Errc::unsupported; }

}  // namespace

std::uint64_t attempt_seed(std::uint64_t job_seed, int turn, int attempt) {
  return mix(mix(mix(job_seed) ^ static_cast<std::uint32_t>(turn)) ^
             static_cast<std::uint32_t>(attempt));
}

Scheduler::Scheduler(SchedulerPorts ports, const Options& options, std::string language,
                     int workers)
    : ports_(ports), options_(options), language_(std::move(language)), workers_(workers) {}

Result<std::vector<PreparedTurn>> Scheduler::prepare(
    std::span<const Turn> turns, const std::map<std::string, SpeakerChoice>& voices,
    std::stop_token stop) const {
  std::vector<PreparedTurn> prepared(turns.size());
  parallel_for(turns.size(), workers_, [&](std::size_t i) {
    PreparedTurn& turn = prepared[i];
    turn.turn = &turns[i];
    if (stop.stop_requested()) return;
    try {
      auto pieces = pieces_of(ports_.primary, language_, turns[i]);
      if (!pieces) {
        turn.unsupported = pieces.error().message;
        return;
      }
      turn.pieces = std::move(*pieces);
      const SpeakerChoice choice = choice_of(voices, turns[i]);
      measure(ports_.primary, options_, language_, choice.voice ? choice.voice : choice.generic,
              turn);
    } catch (const std::exception& error) {
      turn.pieces.clear();
      turn.unsupported = ports_.primary.info().name + ": " + error.what();
    }
  });
  if (stop.stop_requested())
    return fail(Errc::cancelled, "cancelled while preparing the texts", "synthesis");
  return prepared;
}

Result<void> Scheduler::speak(std::span<const PreparedTurn> turns,
                              std::span<const std::optional<std::int64_t>> lengths,
                              const std::map<std::string, SpeakerChoice>& voices,
                              std::stop_token stop, const TurnSink& sink) const {
  if (lengths.size() != turns.size())
    return fail(Errc::internal, "scheduler: " + std::to_string(turns.size()) + " turns but " +
                                    std::to_string(lengths.size()) + " lengths");
  const SpeechBackend& primary = ports_.primary;
  Ladder ladder(options_, language_, workers_, ports_.log, stop, sink);
  std::vector<Climber> climbers(turns.size());
  for (std::size_t i = 0; i < turns.size(); ++i) {
    Climber& climber = climbers[i];
    climber.prepared = &turns[i];
    climber.length = lengths[i];
    climber.choice = choice_of(voices, *turns[i].turn);
    climber.record.turn = turns[i].turn->index;
    if (!turns[i].unsupported.empty()) {
      climber.code = Errc::unsupported;
      climber.record.error = turns[i].unsupported;
    } else if (nothing_to_say(turns[i].pieces)) {
      climber.record.error = kNothingToSay;
      ladder.deliver_silence(climber, true);
    } else if (!climber.choice.voice) {
      climber.record.error = "speaker '" + turns[i].turn->speaker_id + "' has no voice";
    }
  }
  for (int n = 0; n < (primary.info().sampling ? kSamplingAttempts : 1); ++n)
    ladder.speak_with(
        primary,
        left(climbers, [](const Climber& c) { return readable(c) && c.choice.voice != nullptr; }),
        &SpeakerChoice::voice, true);
  // The same voice again would only fail again.
  ladder.speak_with(
      primary,
      left(climbers,
           [](const Climber& c) {
             return readable(c) && c.choice.generic != nullptr &&
                    (!c.choice.voice || c.choice.generic->name != c.choice.voice->name);
           }),
      &SpeakerChoice::generic, false);
  if (ports_.last_resort != nullptr)
    ladder.speak_elsewhere(*ports_.last_resort,
                           left(climbers, [](const Climber& c) { return !readable(c); }));
  if (!stop.stop_requested())
    for (Climber* climber : left(climbers, [](const Climber&) { return true; }))
      ladder.deliver_silence(*climber, false);
  if (ladder.sink_error()) return tl::make_unexpected(*ladder.sink_error());
  if (stop.stop_requested()) return fail(Errc::cancelled, "cancelled while speaking", "synthesis");
  return {};
}

}  // namespace troupe::speech
