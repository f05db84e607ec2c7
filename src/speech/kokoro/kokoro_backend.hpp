/// Kokoro-82M (StyleTTS 2; hexgrad, Apache-2.0) in three graphs: prosody | harmonic source on the
/// host | generator (docs/formats/kokoro_model.md).
#pragma once

#include <filesystem>
#include <memory>

#include "core/speaker_encoder.hpp"
#include "core/speech_backend.hpp"
#include "nn/engine.hpp"

namespace troupe::speech {

/// @param model_dir holds prosody.onnx, contour.onnx, generator.onnx or generator_int8.onnx
/// (what is faster here), style_encoder.onnx, source.safetensors, vocab.json, voices/*.bin.
/// @param encoder hears how near a clone comes; must outlive the backend; null when no voice is to
/// be made. @return missing_model naming the file and the command that fetches it.
Result<std::shared_ptr<const SpeechBackend>> make_kokoro_backend(
    const nn::Engine& engine, const std::filesystem::path& model_dir,
    const SpeakerEncoder* encoder = nullptr);

}  // namespace troupe::speech
