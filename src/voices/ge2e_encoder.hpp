/// GE2E speaker encoder (Wan et al. 2018, arXiv:1710.10467; Resemblyzer weights, Apache-2.0).
#pragma once

#include <filesystem>
#include <memory>

#include "core/speaker_encoder.hpp"
#include "nn/engine.hpp"

namespace troupe::voices {

/// @param mel_filters ge2e/mel_filters.npy, f32 [40, 201]. Front end: 16 kHz, -30 dBFS, 40 mel
/// power bins (n_fft 400, hop 160, centred, zero padded), windows of 160 frames every 80.
Result<std::unique_ptr<SpeakerEncoder>> make_ge2e_encoder(std::shared_ptr<const nn::Graph> graph,
                                                          const std::filesystem::path& mel_filters);

}  // namespace troupe::voices
