/// Kokoro's small files: token table, source weights, voice packs, identity.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dsp/harmonic_source.hpp"
#include "speech/kokoro/kokoro_phonemes.hpp"
#include "troupe/tensor.hpp"

namespace troupe::speech {

struct KokoroAssets {
  KokoroVocabulary vocabulary;
  dsp::SourceWeights source;
  std::string model_hash;            ///< SHA-256 over the manifest's hashes of the graphs
  std::string style_encoder_hash;    ///< the same of the style encoder; empty when not listed
  std::vector<std::string> presets;  ///< sorted names of voices/*.bin
};

/// @param model_dir <models>/kokoro; the manifest is <models>/manifest.json.
/// @return missing_model naming the file and the command that fetches it.
Result<KokoroAssets> load_kokoro_assets(const std::filesystem::path& model_dir);

/// A voice pack, f32 [510, 256]: row n - 1 is the style for n tokens; the first 128 numbers of a
/// row steer the decoder (timbre), the last 128 prosody. @param name as in KokoroAssets::presets.
Result<Tensor> load_kokoro_style(const std::filesystem::path& model_dir, const std::string& name);

}  // namespace troupe::speech
