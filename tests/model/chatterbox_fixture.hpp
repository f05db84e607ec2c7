/// The checked-in tiny Chatterbox: random weights, every structure of the real one
/// (tools/chatterbox/reference.py), and what PyTorch makes of the same inputs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/audio.hpp"
#include "media/libav_media.hpp"
#include "nn/safetensors.hpp"
#include "speech/chatterbox/manifest.hpp"

namespace troupe::speech::chatterbox_test {

using namespace chatterbox;

inline const std::filesystem::path kData =
    std::filesystem::path(TROUPE_SOURCE_DIR) / "tests/data/chatterbox";

inline Manifest tiny_manifest() {
  auto manifest = read_manifest(kData / "tiny");
  EXPECT_TRUE(manifest) << manifest.error().message;
  return manifest.value_or(Manifest{});
}

/// Numbers that tools/export_chatterbox.py --expected wrote.
inline nn::SafeTensors expected(const char* file) {
  std::ifstream in(kData / "expected" / file, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  auto read = nn::read_safetensors(bytes, file);
  EXPECT_TRUE(read) << read.error().message;
  return read.value_or(nn::SafeTensors{});
}

inline AudioBuffer recording(const char* file) {
  AudioBuffer audio;
  const auto media = media::make_libav_media();
  const auto decoded =
      media->decode(kData / "expected" / file, {kSampleRateHz, 1},
                    [&](std::span<const float> block) -> Result<void> {
                      audio.samples.insert(audio.samples.end(), block.begin(), block.end());
                      return {};
                    },
                    {});
  EXPECT_TRUE(decoded) << decoded.error().message;
  return audio;
}

/// Largest |a - b|; infinite when sizes differ.
inline double largest_difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
  return most;
}

}  // namespace troupe::speech::chatterbox_test
