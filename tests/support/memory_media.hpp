/// Media whose sources live in memory and whose outputs are raw f32 files written by the same rules
/// as the real one (temp file only, removed unless finished). Counts, and fails where told.
#pragma once

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/audio.hpp"
#include "core/media.hpp"

namespace troupe::test {

class MemoryMedia : public Media {
 public:
  static constexpr std::size_t kBlock = 4096;

  std::map<std::filesystem::path, std::vector<float>> sources;  ///< mono 24 kHz
  bool has_video = false;
  int fail_decode_at_block = -1;
  int fail_write_at_block = -1;  ///< of any writer
  std::string fail_finish_of;    ///< file name whose finish() fails
  mutable std::atomic<int> decodes{0}, writers{0}, blocks_written{0};

  Result<MediaInfo> decode(const std::filesystem::path& path, const DecodeFormat& format,
                           const BlockSink& sink, std::stop_token stop) const override {
    ++decodes;
    const auto source = sources.find(path);
    if (source == sources.end()) return fail(Errc::bad_input, path.string() + ": missing");
    int block = 0;
    for (std::size_t at = 0; at < source->second.size(); at += kBlock, ++block) {
      if (stop.stop_requested()) return fail(Errc::cancelled, "cancelled");
      if (block == fail_decode_at_block) return fail(Errc::io, path.string() + ": read error");
      const std::size_t end = std::min(at + kBlock, source->second.size());
      std::vector<float> samples;
      for (std::size_t i = at; i < end; ++i)
        samples.insert(samples.end(), static_cast<std::size_t>(format.channels), source->second[i]);
      if (auto taken = sink(samples); !taken) return tl::make_unexpected(taken.error());
    }
    MediaInfo info;
    info.sample_rate_hz = kSampleRateHz;
    info.channels = 1;
    info.samples = static_cast<std::int64_t>(source->second.size());
    info.has_video = has_video;
    return info;
  }

  Result<std::unique_ptr<AudioWriter>> open_writer(const OutputSpec& spec) const override {
    ++writers;
    return std::unique_ptr<AudioWriter>(new Writer(*this, spec));
  }

 private:
  class Writer : public AudioWriter {
   public:
    Writer(const MemoryMedia& media, const OutputSpec& spec)
        : media_(media), spec_(spec), file_(spec.temp_path, std::ios::binary) {}
    ~Writer() override {
      std::error_code ignored;
      if (!finished_) std::filesystem::remove(spec_.temp_path, ignored);
    }
    Result<void> write(std::span<const float> interleaved) override {
      if (media_.blocks_written++ == media_.fail_write_at_block)
        return fail(Errc::io, spec_.path.string() + ": no space left");
      file_.write(reinterpret_cast<const char*>(interleaved.data()),
                  static_cast<std::streamsize>(interleaved.size_bytes()));
      return {};
    }
    Result<void> finish() override {
      if (spec_.path.filename() == media_.fail_finish_of)
        return fail(Errc::io, spec_.path.string() + ": no space left");
      file_.close();
      finished_ = true;
      return {};
    }

   private:
    const MemoryMedia& media_;
    OutputSpec spec_;
    std::ofstream file_;
    bool finished_ = false;
  };
};

/// What MemoryMedia wrote.
inline std::vector<float> read_raw(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), samples.size() * sizeof(float),
              reinterpret_cast<char*>(samples.data()));
  return samples;
}

}  // namespace troupe::test
