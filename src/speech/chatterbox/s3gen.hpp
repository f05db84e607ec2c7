/// Chatterbox's second half: speech tokens and a voice -> samples. Flow encoder | flow matching |
/// pitch | source | vocoder, as S3Token2Wav of chatterbox-tts does it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "core/audio.hpp"
#include "nn/engine.hpp"
#include "speech/chatterbox/conditionals.hpp"
#include "speech/chatterbox/hift_source.hpp"
#include "speech/chatterbox/manifest.hpp"

namespace troupe::speech::chatterbox {

inline constexpr std::int64_t kSamplesPerToken = 2 * kSamplesPerFrame;

struct S3GenSettings {
  int cfm_steps = 10;
  int guidance_every = 1;   ///< see flow.hpp
  int prompt_tokens = 250;  ///< at most so many of the voice's, the last ones; 25 a second
  /// The published multilingual models end in about 40 ms of noise: the reference drops the last
  /// token's samples.
  bool drop_last_token = true;
  int workers = 1;                            ///< threads for a turn; 2 are of use
  const std::atomic<int>* running = nullptr;  ///< see flow.hpp
  std::stop_token stop = {};

  /// The reference's steps and prompt are dear: what these cost is in docs/chatterbox.md.
  static S3GenSettings fast() {
    return {.cfm_steps = 6, .guidance_every = 2, .prompt_tokens = 100};
  }
};

/// Immutable, thread-safe: turns run side by side. A turn's samples depend on its tokens, voice,
/// seed and settings alone.
class S3Gen {
 public:
  /// @param precision of all but the pitch, which is always f32: rounded to bf16 it is half a hertz
  /// off. @return missing_model: a graph or a number that the manifest lacks, or no usable graph.
  static Result<std::unique_ptr<S3Gen>> load(const nn::Engine& engine, const Manifest& manifest,
                                             nn::Precision precision = nn::Precision::fastest);

  /// Tokens of no speech are dropped. @return mono 24 kHz, 960 samples per token, its first 20 ms
  /// silent and the next 20 ms faded in; backend error: no token of speech, more than 60 s with the
  /// prompt, samples that are not numbers.
  Result<AudioBuffer> speak(std::span<const std::int32_t> tokens,
                            const ChatterboxConditionals& voice, std::uint64_t seed,
                            const S3GenSettings& settings = {}) const;

  /// @param noise standard normal [2 * (prompt + tokens), 80], row-major.
  /// @return mel [2 * tokens, 80].
  Result<std::vector<float>> mel(std::span<const std::int32_t> tokens,
                                 const ChatterboxConditionals& voice, std::vector<float> noise,
                                 const S3GenSettings& settings) const;

  /// @param mel [frames, 80]. @return 480 samples per frame, faded in.
  Result<std::vector<float>> wave(std::vector<float> mel, const SourceNoise& noise) const;

 private:
  S3Gen() = default;

  std::shared_ptr<const nn::Graph> encoder_, velocity_, pitch_, vocoder_;
  SourceLayer source_;
  double guidance_ = 0;
  std::size_t most_tokens_ = 0;
};

}  // namespace troupe::speech::chatterbox
