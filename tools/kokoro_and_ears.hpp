/// What the maintainer's tools here listen with: Kokoro and the speaker encoder, as shipped.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_backend.hpp"
#include "voices/ge2e_encoder.hpp"

namespace troupe::tools {

/// The value, or the end of the program.
template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(3);
}

struct KokoroAndEars {
  explicit KokoroAndEars(const std::filesystem::path& models)
      : engine(nn::make_openvino_engine({})),
        kokoro(must(speech::make_kokoro_backend(*engine, models / "kokoro"))),
        ears(must(voices::make_ge2e_encoder(
            must(engine->load(models / "ge2e" / "ge2e.onnx", nn::Precision::f32)),
            models / "ge2e" / "mel_filters.npy"))) {}

  std::unique_ptr<nn::Engine> engine;
  std::shared_ptr<const SpeechBackend> kokoro;
  std::unique_ptr<SpeakerEncoder> ears;
};

}  // namespace troupe::tools
