/// Chatterbox (Resemble AI, MIT) as a speech engine: conditionals once per person, all turns of a
/// job in one batch whoever speaks them.
#pragma once

#include <functional>
#include <memory>

#include "core/speech_backend.hpp"
#include "nn/engine.hpp"
#include "speech/chatterbox/manifest.hpp"
#include "speech/chatterbox/s3gen.hpp"
#include "speech/chatterbox/t3.hpp"

namespace troupe::speech::chatterbox {

/// What the backend joins; functions so that its tests run without models. All thread-safe.
struct Parts {
  std::function<bool(std::string_view language)> speaks;
  /// @return unsupported when the language has no front end here or a sign no token.
  std::function<Result<std::vector<std::int32_t>>(std::string_view text, std::string_view language)>
      text_ids;
  /// @param audio mono 24 kHz.
  std::function<Result<ChatterboxConditionals>(const AudioBuffer& audio)> derive;
  /// Answers every request once.
  std::function<void(std::span<const TokenRequest>, std::stop_token, const TokenSink&)> decode;
  std::function<Result<AudioBuffer>(std::span<const std::int32_t> codes,
                                    const ChatterboxConditionals& voice, std::uint64_t seed,
                                    const S3GenSettings& settings)>
      speak;
};

/// @param info device, precision, threads, clones; the rest is filled in.
std::shared_ptr<const SpeechBackend> make_backend(Parts parts, const Manifest& manifest,
                                                  BackendInfo info);

/// The real parts of an export. @param clones false leaves out what makes voices (half a gigabyte).
/// @return missing_model naming the file and the remedy.
Result<Parts> load_parts(const nn::Engine& engine, const Manifest& manifest, bool clones);

/// The backend of an export, with its real parts.
Result<std::shared_ptr<const SpeechBackend>> load_backend(const nn::Engine& engine,
                                                          const std::filesystem::path& dir,
                                                          bool clones);

}  // namespace troupe::speech::chatterbox
