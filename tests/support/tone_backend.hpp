/// An engine that hums: 60 ms a character at a pitch that the voice decides. Its samples depend on
/// text, voice, length and seed alone. Counts, and fails or throws where told.
#pragma once

#include <atomic>
#include <cmath>
#include <functional>
#include <numbers>
#include <stdexcept>
#include <string>

#include "core/parallel.hpp"
#include "core/speaker_encoder.hpp"
#include "core/speech_backend.hpp"
#include "core/stretcher.hpp"

namespace troupe::test {

inline std::vector<float> tone(double hz, std::int64_t samples, float amplitude = 0.3f) {
  std::vector<float> out(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = amplitude * static_cast<float>(std::sin(2 * std::numbers::pi * hz *
                                                     static_cast<double>(i) / kSampleRateHz));
  return out;
}

class ToneBackend : public SpeechBackend {
 public:
  std::string fail_text = "\x01";   ///< requests whose text holds this fail
  std::string throw_text = "\x01";  ///< ... throw
  std::function<void(const SpeechRequest&)> on_request = [](const SpeechRequest&) {};
  mutable std::atomic<int> voices_made{0}, requests{0};

  ToneBackend() {
    info_.name = "tone";
    info_.model = "sine";
    info_.model_hash = "0123";
    info_.device = "test";
    info_.precision = "f32";
    info_.clones = true;
    info_.pace_min = 0.8;
    info_.pace_max = 1.4;
    info_.max_text_units = 400;
  }
  const BackendInfo& info() const noexcept override { return info_; }
  bool speaks(std::string_view language) const noexcept override { return language != "de"; }
  Result<int> text_units(std::string_view text, std::string_view) const override {
    return static_cast<int>(text.size());
  }
  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort) const override {
    ++voices_made;
    return voice(VoiceKind::cloned, "clone-" + reference.hash.substr(0, 8), reference.embedding,
                 reference.hash);
  }
  Result<VoicePtr> generic_voice(std::string_view, std::span<const std::string> taken,
                                 std::optional<double>) const override {
    return voice(VoiceKind::generic, "generic-" + std::to_string(taken.size()), std::nullopt, "");
  }
  Result<void> check(const Conditionals&) const override { return {}; }
  Result<std::optional<std::int64_t>> natural_length(const SpeechRequest& request) const override {
    return std::optional<std::int64_t>(natural(request.text));
  }
  void synthesize(std::span<const SpeechRequest> all, int workers, std::stop_token stop,
                  const SpeechSink& sink) const override {
    // On the caller's thread, as a batching engine would; nobody could catch it on the pool's.
    for (const SpeechRequest& request : all)
      if (request.text.find(throw_text) != std::string::npos)
        throw std::runtime_error("engine broke");
    parallel_for(all.size(), workers, [&](std::size_t i) {
      if (stop.stop_requested()) return sink(i, fail(Errc::cancelled, "cancelled"));
      sink(i, speak(all[i]));
    });
  }

 private:
  static std::int64_t natural(const std::string& text) {
    return static_cast<std::int64_t>(text.size()) * 60 * kSamplesPerMs;
  }
  static Result<VoicePtr> voice(VoiceKind kind, const std::string& name,
                                std::optional<Embedding> embedding, const std::string& hash) {
    auto conditionals = std::make_shared<Conditionals>();
    conditionals->backend = "tone";
    conditionals->model_hash = "0123";
    conditionals->reference_hash = hash;
    conditionals->arrays["style"] = Tensor({1, 1}, std::vector<float>{1.0f});
    auto made = std::make_shared<Voice>();
    made->kind = kind;
    made->name = name;
    made->conditionals = std::move(conditionals);
    made->embedding = embedding;
    return VoicePtr(std::move(made));
  }
  Result<Utterance> speak(const SpeechRequest& request) const {
    ++requests;
    on_request(request);
    if (request.text.find(fail_text) != std::string::npos)
      return fail(Errc::backend, "engine failed");
    const double hz =
        150 + static_cast<double>(std::hash<std::string>{}(request.voice->name) % 200);
    Utterance utterance;
    utterance.natural_samples = natural(request.text);
    utterance.audio.samples = tone(hz, request.length.value_or(utterance.natural_samples));
    return utterance;
  }

  BackendInfo info_;
};

/// Embeds the rate of zero crossings, so that one tone always is one speaker.
class PitchEncoder : public SpeakerEncoder {
 public:
  mutable std::atomic<int> embeds{0};
  Result<Embedding> embed(const AudioBuffer& audio) const override {
    ++embeds;
    int crossings = 0;
    for (std::size_t i = 1; i < audio.samples.size(); ++i)
      crossings += (audio.samples[i - 1] < 0) != (audio.samples[i] < 0);
    if (crossings == 0) return fail(Errc::bad_input, "silent");
    const double hz = crossings * 0.5 * audio.sample_rate_hz / static_cast<double>(audio.size());
    Embedding embedding{};
    embedding[0] = static_cast<float>(std::cos(hz / 500));
    embedding[1] = static_cast<float>(std::sin(hz / 500));
    return embedding;
  }
};

/// Nearest sample: right length, wrong pitch, good enough for plumbing.
class PlainStretcher : public Stretcher {
 public:
  mutable std::atomic<int> stretches{0};
  bool broken = false;
  std::int64_t faint = 0;  ///< so many samples at the beginning are weakened to nothing
  Result<AudioBuffer> stretch(const AudioBuffer& in, std::int64_t out_samples) const override {
    ++stretches;
    if (broken) return fail(Errc::internal, "stretcher failed");
    AudioBuffer out;
    out.samples.resize(static_cast<std::size_t>(out_samples));
    for (std::int64_t i = 0; i < out_samples; ++i)
      out.samples[static_cast<std::size_t>(i)] =
          i < faint ? 0.0f : in.samples[static_cast<std::size_t>(i * in.size() / out_samples)];
    return out;
  }
};

}  // namespace troupe::test
