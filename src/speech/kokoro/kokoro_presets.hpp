/// What the stock voices sound like, measured once with the shipped runtime
/// (tools/measure_presets.cpp), and which of them is nearest to a person.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/speech_backend.hpp"

namespace troupe::speech {

struct PresetTraits {
  std::string_view name;  ///< first letter: language (a, b, e, f, h, i, p), second: f or m
  float f0_hz;
  std::array<std::uint8_t, 256> embedding;  ///< GE2E, scaled to 255 at its largest component
};

std::span<const PresetTraits> kokoro_preset_traits();

/// Nearest by GE2E cosine among those whose pitch agrees (within 4 semitones; the nearest pitch
/// where none does), never one of `taken` while others are left.
std::string nearest_preset(const Embedding& person, std::optional<double> f0_hz,
                           std::span<const std::string> taken);

/// The language's own presets first, then any; nearest pitch first; never one of `taken` while
/// others are left.
std::string generic_preset(std::string_view language, std::optional<double> f0_hz,
                           std::span<const std::string> taken);

}  // namespace troupe::speech
