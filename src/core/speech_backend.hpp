/// Port: an engine that speaks text in a voice. Implementations: kokoro, espeak (chatterbox),
/// fakes.
///
/// A backend is immutable after construction and thread-safe; everything a call needs is passed to
/// the call. It speaks *pieces*: texts that fit its own limit, already split by speech/ (spec S3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/audio.hpp"
#include "troupe/options.hpp"
#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe {

/// What an engine is and can do; constant after construction.
struct BackendInfo {
  std::string name;        ///< kokoro, chatterbox, espeak
  std::string model;       ///< e.g. "Kokoro-82M v1.0 (int8 weights, dequantised)"
  std::string model_hash;  ///< SHA-256 that conditionals are tied to
  std::string cloning;     ///< version of how voices are made: another one makes them again
  std::string device, precision;
  int threads = 1;        ///< per request; fixed, so that samples do not depend on workers
  bool sampling = false;  ///< draws random numbers: a second attempt may succeed
  bool clones = false;    ///< make_conditionals derives a voice from audio
  double pace_min = 1;    ///< legal SpeechRequest::length / natural length; 1..1 = no pace control
  double pace_max = 1;
  int max_text_units = 0;  ///< limit of one piece, in text_units()
};

/// A cleaned reference of one speaker (spec V3): mono 24 kHz, peak -3 dBFS.
struct VoiceReference {
  AudioBuffer audio;
  std::string hash;  ///< SHA-256 of the extracted chunks
  Embedding embedding{};
  std::optional<double> f0_hz;  ///< median pitch; absent when unvoiced
  std::string target_language;
  std::vector<std::string> taken;  ///< presets other speakers of the job already have
};

/// One piece of text to speak.
struct SpeechRequest {
  std::string text;      ///< UTF-8, at most max_text_units
  std::string language;  ///< canonical: en-us, en-gb, es, fr, hi, it, pt-br, or any BCP-47
  VoicePtr voice;
  double speed = 1.0;  ///< natural pace multiplier of the job, above 1 is faster
  double exaggeration = 0.5, cfg_weight = 0.5, temperature = 0.8;
  SpeechEffort effort = SpeechEffort::full;
  std::uint64_t seed = 0;
  /// Audible samples wanted (24 kHz), within pace_min..pace_max of natural; absent = natural.
  std::optional<std::int64_t> length;
};

/// Speech without leading or trailing silence: the first sample is the audible onset
/// (less a few ms of fade room), the last the audible end.
struct Utterance {
  AudioBuffer audio;                 ///< mono, 24 kHz
  std::int64_t natural_samples = 0;  ///< length at the engine's own pace (predicted or measured)
};

/// Called once per request with its index, in any order, from any thread.
using SpeechSink = std::function<void(std::size_t index, Result<Utterance> utterance)>;

class SpeechBackend {
 public:
  virtual ~SpeechBackend() = default;

  virtual const BackendInfo& info() const noexcept = 0;

  /// @param language canonical tag. @return whether this engine can speak it at all.
  virtual bool speaks(std::string_view language) const noexcept = 0;

  /// Length of a text in the unit of max_text_units (tokens, characters).
  /// @return unsupported when the text has signs that this engine cannot read.
  virtual Result<int> text_units(std::string_view text, std::string_view language) const = 0;

  /// Derives the backend's state for a person, once per speaker; a preset engine picks its nearest
  /// preset. Deterministic. @return kind (cloned or preset), conditionals, similarity where known.
  virtual Result<VoicePtr> make_voice(const VoiceReference& reference,
                                      CloneEffort effort) const = 0;

  /// A stock voice for a speaker without a usable reference; never one of `taken` while others are
  /// left. Kind is generic. @param f0_hz the speaker's pitch where known.
  virtual Result<VoicePtr> generic_voice(std::string_view language,
                                         std::span<const std::string> taken,
                                         std::optional<double> f0_hz) const = 0;

  /// Names of the stock voices, for people to choose from; empty when there are none.
  virtual std::vector<std::string> presets() const { return {}; }

  /// A stock voice by name. @return bad_input when there is none of that name.
  virtual Result<VoicePtr> preset_voice(const std::string& name) const {
    return fail(Errc::bad_input, info().name + ": no preset voice '" + name + "'");
  }

  /// Accepts conditionals from outside. @return bad_input when foreign (other backend or model).
  virtual Result<void> check(const Conditionals& conditionals) const = 0;

  /// Natural audible length in samples, before anything expensive runs; only engines with pace
  /// control (pace_min < pace_max) implement it, others return nullopt.
  virtual Result<std::optional<std::int64_t>> natural_length(const SpeechRequest& request) const {
    (void)request;
    return std::optional<std::int64_t>{};
  }

  /// Speaks all requests, on at most `workers` threads or in batches; returns when all are done.
  /// A request not started when `stop` is requested reports `cancelled`. Never throws.
  virtual void synthesize(std::span<const SpeechRequest> requests, int workers,
                          std::stop_token stop, const SpeechSink& sink) const = 0;
};

}  // namespace troupe
