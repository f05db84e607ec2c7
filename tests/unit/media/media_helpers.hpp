/// Short ways to write and read whole files in tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "core/audio.hpp"
#include "media/libav_media.hpp"

namespace troupe::media {

class MediaTest : public testing::Test {
 protected:
  MediaTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-media-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~MediaTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name) const { return directory_ / name; }

  std::filesystem::path put(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }

  struct Decoded {
    MediaInfo info;
    std::vector<float> samples;
    std::size_t largest_block = 0;
  };
  Result<Decoded> read(const std::filesystem::path& path, DecodeFormat format = {}) const {
    Decoded decoded;
    Result<MediaInfo> info =
        media_->decode(path, format,
                       [&](std::span<const float> block) -> Result<void> {
                         decoded.samples.insert(decoded.samples.end(), block.begin(), block.end());
                         decoded.largest_block = std::max(decoded.largest_block, block.size());
                         return {};
                       },
                       {});
    if (!info) return Fail(info.error());
    decoded.info = *info;
    return decoded;
  }

  OutputSpec spec(const std::string& name) const {
    OutputSpec spec;
    spec.path = file(name);
    spec.temp_path = file(name + ".part");
    return spec;
  }

  Result<void> write(const OutputSpec& spec, const std::vector<float>& samples) const {
    auto writer = media_->open_writer(spec);
    if (!writer) return Fail(writer.error());
    // Uneven blocks, as the mixer gives them.
    const auto step = static_cast<std::size_t>(1001 * spec.channels);
    for (std::size_t at = 0; at < samples.size(); at += step) {
      const auto written =
          (*writer)->write(std::span(samples).subspan(at, std::min(step, samples.size() - at)));
      if (!written) return written;
    }
    const auto finished = (*writer)->finish();
    if (finished) std::filesystem::rename(spec.temp_path, spec.path);  // as the pipeline does
    return finished;
  }

  const std::unique_ptr<Media> media_ = make_libav_media();
  std::filesystem::path directory_;
};

inline std::vector<float> sine(double hz, double seconds, double level = 0.5, int rate = 24000) {
  std::vector<float> out(static_cast<std::size_t>(std::llround(seconds * rate)));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(
        level * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  return out;
}

inline std::vector<float> silence(double seconds, int rate = 24000) {
  return std::vector<float>(static_cast<std::size_t>(std::llround(seconds * rate)));
}

inline std::vector<float> join(std::vector<float> a, const std::vector<float>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::vector<std::int16_t> to_int16(const std::vector<float>& in) {
  std::vector<std::int16_t> out;
  for (const float x : in) out.push_back(static_cast<std::int16_t>(std::lround(x * 32767)));
  return out;
}

inline double rms(std::span<const float> in) {
  double sum = 0;
  for (const float x : in) sum += static_cast<double>(x) * x;
  return in.empty() ? 0 : std::sqrt(sum / static_cast<double>(in.size()));
}

/// First sample whose size reaches the level; -1 when none does.
inline std::int64_t onset(std::span<const float> in, float level = 0.1F) {
  const auto found =
      std::find_if(in.begin(), in.end(), [&](float x) { return std::abs(x) >= level; });
  return found == in.end() ? -1 : found - in.begin();
}

}  // namespace troupe::media
