#include "speech/attempt.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>

#include "core/try.hpp"
#include "speech/scheduler.hpp"

namespace troupe::speech {
namespace {

bool is_english(const std::string& language) {
  return language == "en" || language.rfind("en-", 0) == 0;
}

// Pieces of one attempt as they land. The lock is per attempt and held only to store a result.
struct Landing {
  std::mutex mutex;
  std::vector<std::optional<Result<Utterance>>> results;
  std::size_t missing = 0;
  bool done = false;
};

Result<SpokenAttempt> finish(const Attempt& attempt, const std::vector<SpeechRequest>& requests,
                             bool sampling, std::vector<std::optional<Result<Utterance>>> results) {
  SpokenAttempt spoken;
  spoken.natural_samples = silence_of(*attempt.turn, attempt.pieces);
  std::vector<AudioBuffer> audio;
  for (std::size_t i = 0; i < results.size(); ++i) {
    TROUPE_TRY(Utterance piece, std::move(*results[i]));
    if (piece.audio.samples.empty())
      return fail(Errc::backend, "no sound came for '" + requests[i].text + "'");
    if (sampling && absurd_length(requests[i].text, requests[i].speed, piece.audio.size()))
      return fail(Errc::backend, "speech of " + std::to_string(samples_to_ms(piece.audio.size())) +
                                     " ms cannot be a reading of '" + requests[i].text + "'");
    spoken.natural_samples += piece.natural_samples;
    audio.push_back(std::move(piece.audio));
  }
  JoinedTurn joined = join_pieces(*attempt.turn, attempt.pieces, std::move(audio));
  spoken.audio = std::move(joined.audio);
  spoken.phrases = std::move(joined.phrases);
  return spoken;
}

// @return the requests with lengths; natural lengths are asked for where they are not known yet.
Result<std::vector<SpeechRequest>> timed_requests(const SpeechBackend& backend,
                                                  const Attempt& attempt, const Options& options,
                                                  const std::string& language) {
  std::vector<SpeechRequest> requests = requests_of(attempt, options, language);
  if (!attempt.length) return requests;
  std::vector<std::int64_t> natural = attempt.natural;
  if (natural.size() != requests.size()) {
    TROUPE_TRY(natural, natural_lengths(backend, requests));
  }
  if (natural.empty()) return requests;
  const std::vector<std::int64_t> lengths =
      share_length(*attempt.length - silence_of(*attempt.turn, attempt.pieces), natural,
                   backend.info().pace_min, backend.info().pace_max);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].length = lengths[i];
  return requests;
}

class Run {
 public:
  Run(const SpeechBackend& backend, std::span<const Attempt> attempts, const AttemptSink& sink)
      : backend_(backend), attempts_(attempts), sink_(sink), landings_(attempts.size()) {
    requests_.resize(attempts.size());
  }

  void set_requests(std::size_t attempt, std::vector<SpeechRequest> requests) {
    requests_[attempt] = std::move(requests);
  }
  void fail_attempt(std::size_t attempt, Error error) {
    landings_[attempt].done = true;
    sink_(attempt, tl::make_unexpected(std::move(error)));
  }
  bool done(std::size_t attempt) const { return landings_[attempt].done; }

  // @return what() of the exception that the backend threw.
  std::optional<std::string> speak(std::span<const std::size_t> order, int workers,
                                   std::stop_token stop) {
    std::vector<SpeechRequest> flat;
    std::vector<std::pair<std::size_t, std::size_t>> origin;
    for (const std::size_t a : order) {
      landings_[a].results.assign(requests_[a].size(), std::nullopt);
      landings_[a].missing = requests_[a].size();
      for (std::size_t i = 0; i < requests_[a].size(); ++i) {
        flat.push_back(requests_[a][i]);
        origin.emplace_back(a, i);
      }
    }
    try {
      backend_.synthesize(flat, workers, stop, [&](std::size_t index, Result<Utterance> result) {
        land(origin[index].first, origin[index].second, std::move(result));
      });
    } catch (const std::exception& error) {
      return error.what();
    } catch (...) {
      return "unknown exception";
    }
    return std::nullopt;
  }

 private:
  void land(std::size_t a, std::size_t piece, Result<Utterance> result) {
    Landing& landing = landings_[a];
    std::vector<std::optional<Result<Utterance>>> results;
    {
      const std::lock_guard lock(landing.mutex);
      if (landing.done || landing.results[piece]) return;
      landing.results[piece].emplace(std::move(result));
      if (--landing.missing > 0) return;
      landing.done = true;
      results = std::move(landing.results);
    }
    Result<SpokenAttempt> spoken = fail(Errc::backend, "out of memory");
    try {
      spoken = finish(attempts_[a], requests_[a], backend_.info().sampling, std::move(results));
    } catch (const std::exception& error) {
      spoken = fail(Errc::backend, error.what());
    }
    sink_(a, std::move(spoken));
  }

  const SpeechBackend& backend_;
  std::span<const Attempt> attempts_;
  const AttemptSink& sink_;
  std::vector<Landing> landings_;
  std::vector<std::vector<SpeechRequest>> requests_;
};

std::size_t text_bytes(const Attempt& attempt) {
  std::size_t sum = 0;
  for (const auto& phrase : attempt.pieces)
    for (const std::string& piece : phrase) sum += piece.size();
  return sum;
}

}  // namespace

std::vector<SpeechRequest> requests_of(const Attempt& attempt, const Options& options,
                                       const std::string& language) {
  const std::uint64_t seed = attempt_seed(options.seed, attempt.turn->index, attempt.number);
  std::vector<SpeechRequest> requests;
  for (const auto& phrase : attempt.pieces)
    for (const std::string& piece : phrase) {
      SpeechRequest request;
      request.text = piece;
      request.language = language;
      request.voice = attempt.voice;
      request.speed = options.speed;
      request.exaggeration = options.exaggeration;
      request.cfg_weight = options.cfg_weight.value_or(is_english(language) ? 0.5 : 0.0);
      request.temperature = options.temperature;
      request.effort = options.speech_effort;
      request.seed = attempt_seed(seed, static_cast<int>(requests.size()), 0);
      requests.push_back(std::move(request));
    }
  return requests;
}

Result<std::vector<std::int64_t>> natural_lengths(const SpeechBackend& backend,
                                                  std::span<const SpeechRequest> requests) {
  std::vector<std::int64_t> lengths;
  if (backend.info().pace_min >= backend.info().pace_max) return lengths;
  for (const SpeechRequest& request : requests) {
    TROUPE_TRY(const std::optional<std::int64_t> length, backend.natural_length(request));
    if (!length) return std::vector<std::int64_t>{};
    lengths.push_back(*length);
  }
  return lengths;
}

void run_attempts(const SpeechBackend& backend, std::span<const Attempt> attempts,
                  const Options& options, const std::string& language, int workers,
                  std::stop_token stop, const AttemptSink& sink) {
  Run run(backend, attempts, sink);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    Result<std::vector<SpeechRequest>> requests =
        fail(Errc::backend, backend.info().name + ": threw while measuring the text");
    try {
      requests = timed_requests(backend, attempts[i], options, language);
    } catch (const std::exception& error) {
      requests = fail(Errc::backend, backend.info().name + ": " + error.what());
    }
    if (requests) {
      run.set_requests(i, std::move(*requests));
      order.push_back(i);
    } else {
      run.fail_attempt(i, std::move(requests).error());
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return text_bytes(attempts[a]) > text_bytes(attempts[b]);
  });
  if (order.empty()) return;
  const std::optional<std::string> thrown = run.speak(order, workers, stop);
  for (const std::size_t a : order) {
    if (run.done(a)) continue;
    // Whoever threw took its whole batch along; alone, the innocent ones are spoken.
    std::optional<std::string> why = thrown;
    if (thrown && order.size() > 1 && !stop.stop_requested())
      why = run.speak(std::span(&a, 1), workers, stop);
    if (!run.done(a))
      run.fail_attempt(a, Error{stop.stop_requested() ? Errc::cancelled : Errc::backend,
                                backend.info().name + ": " + why.value_or("gave no answer")});
  }
}

}  // namespace troupe::speech
