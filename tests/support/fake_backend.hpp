/// A speech engine for tests: tone bursts of known length, failures on demand, calls counted.
/// Set the fields before the first call; after that every method is thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/parallel.hpp"
#include "core/speech_backend.hpp"

namespace troupe::test {

/// Number of code points: the fake's unit of text.
inline int code_points(std::string_view utf8) {
  return static_cast<int>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class FakeBackend : public SpeechBackend {
 public:
  explicit FakeBackend(std::string name = "fake") {
    info_.name = std::move(name);
    info_.model = info_.name + " model";
    info_.model_hash = std::string(64, '0');
    info_.device = "none";
    info_.precision = "f32";
    info_.clones = true;
    info_.max_text_units = 200;
  }

  // --- how it behaves ---
  BackendInfo info_;  ///< sampling, pace_min/max, max_text_units, clones ... as the test needs
  std::int64_t samples_per_char = ms_to_samples(60);  ///< at speed 1
  std::set<std::string> languages;                    ///< spoken; empty = all
  std::vector<std::string> presets = {"fake_a", "fake_b", "fake_c"};
  std::set<std::size_t> fail_calls;     ///< request numbers (counted over all calls) that fail
  std::set<std::string> fail_voices;    ///< Voice::name
  std::set<std::string> fail_texts;     ///< a piece equal to one of these fails
  std::set<std::string> throw_texts;    ///< synthesize throws when a request has one of these
  std::set<std::string> unreadable;     ///< text_units: unsupported when the text contains one
  std::optional<std::string> no_voice;  ///< make_voice fails with this message
  bool no_generic = false;              ///< generic_voice fails
  std::optional<std::int64_t> absurd_length;  ///< while `absurd_calls` lasts, this many samples
  std::set<std::size_t> absurd_calls;         ///< request numbers that give `absurd_length`
  int max_delay_ms = 0;  ///< sleeps 0 .. this before each request, to shuffle completion
  /// Called with each request before it is rendered; an error fails the request.
  std::function<Result<void>(const SpeechRequest&)> before;

  // --- what was asked of it ---
  mutable std::atomic<int> make_voice_calls{0}, generic_voice_calls{0}, synthesize_calls{0};
  mutable std::atomic<std::size_t> requests{0};

  const BackendInfo& info() const noexcept override { return info_; }

  bool speaks(std::string_view language) const noexcept override {
    return languages.empty() || languages.count(std::string(language)) > 0;
  }

  Result<int> text_units(std::string_view text, std::string_view) const override {
    for (const std::string& bad : unreadable)
      if (text.find(bad) != std::string_view::npos)
        return fail(Errc::unsupported, info_.name + ": cannot read '" + bad + "'");
    return code_points(text);
  }

  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort) const override {
    ++make_voice_calls;
    if (no_voice) return fail(Errc::backend, *no_voice);
    auto voice = std::make_shared<Voice>(
        named(reference.hash.empty() ? "clone" : "clone-" + reference.hash, VoiceKind::cloned));
    voice->embedding = reference.embedding;
    voice->f0_hz = reference.f0_hz;
    return voice;
  }

  Result<VoicePtr> generic_voice(std::string_view, std::span<const std::string> taken,
                                 std::optional<double>) const override {
    ++generic_voice_calls;
    if (no_generic || presets.empty()) return fail(Errc::backend, info_.name + ": no preset");
    for (const std::string& preset : presets)
      if (std::find(taken.begin(), taken.end(), preset) == taken.end())
        return std::make_shared<const Voice>(named(preset, VoiceKind::generic));
    return std::make_shared<const Voice>(named(presets.front(), VoiceKind::generic));
  }

  Result<void> check(const Conditionals& conditionals) const override {
    if (conditionals.backend != info_.name)
      return fail(Errc::bad_input, "voice: made by '" + conditionals.backend + "', not by '" +
                                       info_.name + "'; create it again");
    return {};
  }

  Result<std::optional<std::int64_t>> natural_length(const SpeechRequest& request) const override {
    if (info_.pace_min >= info_.pace_max) return std::optional<std::int64_t>{};
    return std::optional<std::int64_t>{natural(request)};
  }

  void synthesize(std::span<const SpeechRequest> batch, int workers, std::stop_token stop,
                  const SpeechSink& sink) const override {
    ++synthesize_calls;
    // Numbers are given before the workers start, so that `fail_calls` means the same always.
    const std::size_t first = requests.fetch_add(batch.size());
    for (const SpeechRequest& request : batch)
      if (throw_texts.count(request.text)) throw std::runtime_error("fake engine threw");
    parallel_for(batch.size(), workers, [&](std::size_t i) {
      if (stop.stop_requested()) {
        sink(i, fail(Errc::cancelled, "cancelled"));
        return;
      }
      if (max_delay_ms > 0) {
        std::minstd_rand random(static_cast<unsigned>(std::random_device{}()));
        std::this_thread::sleep_for(
            std::chrono::milliseconds(random() % static_cast<unsigned>(max_delay_ms + 1)));
      }
      sink(i, render(batch[i], first + i));
    });
  }

  /// A voice of this backend, as make_voice would give it.
  Voice named(std::string name, VoiceKind kind) const {
    auto conditionals = std::make_shared<Conditionals>();
    conditionals->backend = info_.name;
    conditionals->model_hash = info_.model_hash;
    Voice voice;
    voice.kind = kind;
    voice.name = std::move(name);
    voice.conditionals = std::move(conditionals);
    return voice;
  }
  VoicePtr voice(std::string name, VoiceKind kind = VoiceKind::cloned) const {
    return std::make_shared<const Voice>(named(std::move(name), kind));
  }

 private:
  std::int64_t natural(const SpeechRequest& request) const {
    return std::llround(static_cast<double>(code_points(request.text) * samples_per_char) /
                        request.speed);
  }

  Result<Utterance> render(const SpeechRequest& request, std::size_t number) const {
    if (before) {
      if (auto status = before(request); !status) return tl::make_unexpected(status.error());
    }
    if (fail_calls.count(number) || fail_texts.count(request.text) ||
        (request.voice && fail_voices.count(request.voice->name)))
      return fail(Errc::backend, info_.name + ": failed on request");
    std::int64_t length = request.length.value_or(natural(request));
    if (absurd_length && absurd_calls.count(number)) length = *absurd_length;
    Utterance utterance;
    utterance.natural_samples = natural(request);
    utterance.audio.samples.resize(static_cast<std::size_t>(length));
    // Pitch from text, voice and, in a sampling engine, the seed: what differs sounds different.
    const std::size_t key =
        std::hash<std::string>{}(request.text + (request.voice ? request.voice->name : "")) +
        (info_.sampling ? static_cast<std::size_t>(request.seed) : 0);
    const double step =
        2 * std::numbers::pi * (120.0 + static_cast<double>(key % 200)) / kSampleRateHz;
    for (std::size_t i = 0; i < utterance.audio.samples.size(); ++i)
      utterance.audio.samples[i] =
          0.5f * static_cast<float>(std::sin(step * static_cast<double>(i)));
    return utterance;
  }
};

}  // namespace troupe::test
