/// Media files made by code, with what our own writer never writes: clips, gaps, covers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace troupe::media {

/// One packet where the codec takes any size (PCM), else as many as it needs.
struct SoundBlock {
  std::int64_t start = 0;  ///< timestamp, in samples
  std::vector<std::int16_t> samples;
};

struct Container {
  std::string muxer = "matroska";
  double picture_seconds = 0;           ///< 0: none; 25 pictures a second
  std::string picture_codec = "mpeg4";  ///< with B pictures: decoding order is not showing order
  bool cover = false;                   ///< one still as attached picture
  int rotation_degrees = 0;
  std::string chapter;  ///< title of one chapter over the first second
  std::string sound_codec = "pcm_s16le";
  int rate_hz = 24000;
  std::vector<SoundBlock> sound;  ///< mono; empty: no audio stream
};

void write_container(const std::filesystem::path& path, const Container& what);

struct PicturePacket {
  std::int64_t pts_us = 0;
  std::string bytes;
  friend bool operator==(const PicturePacket&, const PicturePacket&) = default;
};
std::vector<PicturePacket> picture_packets(const std::filesystem::path& path);

/// What a player would show of a file.
struct StreamFacts {
  std::vector<std::string> codecs;  ///< in stream order
  std::string audio_language;
  std::string title;
  std::vector<std::string> chapters;
  int rotation_degrees = 0;
  double duration_seconds = 0;
};
StreamFacts facts_of(const std::filesystem::path& path);

}  // namespace troupe::media
