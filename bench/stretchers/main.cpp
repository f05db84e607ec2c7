/// bench_stretchers FILE... [--write DIR]: the table of docs/adr/0002-stretcher.md.
/// Every file is stretched by 0.8, 0.9, 1.1 and 1.25, and once more back to its length.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "candidates.hpp"
#include "media/libav_media.hpp"
#include "quality.hpp"

namespace {

using namespace troupe;
using namespace troupe::bench;

struct Totals {
  Quality mean;
  double back_mel_db = 0, worst_length_ms = 0, worst_offset_ms = 0, cpu_s = 0, audio_s = 0;
  int count = 0;

  void add(const Quality& q) {
    mean.mel_db += q.mel_db;
    mean.pitch_cents += q.pitch_cents;
    mean.periodicity += q.periodicity;
    mean.attack_percent += q.attack_percent;
    worst_offset_ms = std::max(worst_offset_ms, std::fabs(q.offset_ms));
    ++count;
  }
  void print(const std::string& name, const char* ratio) const {
    std::printf("%-20s %-5s %9.2f %6.2f %6.2f %7.1f %8.4f %8.1f %8.0f %8.0f\n", name.c_str(), ratio,
                worst_length_ms, mean.mel_db / count, back_mel_db / count, mean.pitch_cents / count,
                mean.periodicity / count, mean.attack_percent / count, worst_offset_ms,
                audio_s / cpu_s);
  }
};

std::vector<AudioBuffer> read(const std::vector<std::string>& paths) {
  const auto media = media::make_libav_media();
  std::vector<AudioBuffer> audio;
  for (const std::string& path : paths) {
    AudioBuffer& one = audio.emplace_back();
    const auto done =
        media->decode(path, {},
                      [&](std::span<const float> block) -> Result<void> {
                        one.samples.insert(one.samples.end(), block.begin(), block.end());
                        return {};
                      },
                      {});
    if (!done) {
      std::fprintf(stderr, "%s\n", done.error().message.c_str());
      std::exit(1);
    }
  }
  return audio;
}

/// The library's own length is measured; what is compared is cut or padded to the length asked.
AudioBuffer exact(AudioBuffer audio, std::int64_t samples) {
  audio.samples.resize(static_cast<std::size_t>(samples), 0.0f);
  return audio;
}

void write_raw(const std::filesystem::path& path, const AudioBuffer& audio) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(audio.samples.data()),
             static_cast<std::streamsize>(audio.samples.size() * sizeof(float)));
}

Totals measure(const Candidate& candidate, const std::vector<AudioBuffer>& inputs, double ratio,
               const std::filesystem::path& folder) {
  Totals totals;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const AudioBuffer& in = inputs[i];
    const std::int64_t wanted = std::llround(static_cast<double>(in.size()) * ratio);
    const std::clock_t begin = std::clock();
    const AudioBuffer raw = candidate.stretch(in, ratio);
    totals.cpu_s += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    totals.audio_s += static_cast<double>(in.size()) / kSampleRateHz;
    totals.worst_length_ms =
        std::max(totals.worst_length_ms,
                 std::fabs(static_cast<double>(raw.size() - wanted)) / kSamplesPerMs);
    const AudioBuffer out = exact(raw, wanted);
    totals.add(compare(in, out, ratio));
    totals.back_mel_db +=
        mel_distance_db(in, exact(candidate.stretch(out, 1 / ratio), in.size()), 1);
    if (!folder.empty())
      write_raw(folder / (std::to_string(i) + "_" + candidate.name + "_" +
                          std::to_string(std::lround(100 * ratio)) + ".f32"),
                out);
  }
  return totals;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> paths;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--write") == 0 && i + 1 < argc)
      folder = argv[++i];
    else
      paths.emplace_back(argv[i]);
  }
  const auto inputs = read(paths);
  if (!folder.empty())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      write_raw(folder / (std::to_string(i) + "_original_100.f32"), inputs[i]);

  std::vector<Candidate> candidates = rubberband_candidates();
  for (auto make : {soundtouch_candidates, sonic_candidates})
    for (Candidate& candidate : make()) candidates.push_back(std::move(candidate));

  std::printf("%-20s %-5s %9s %6s %6s %7s %8s %8s %8s %8s\n", "stretcher", "ratio", "length ms",
              "mel dB", "back", "cents", "period.", "attack %", "offs. ms", "x real");
  for (const Candidate& candidate : candidates)
    for (const auto& [ratio, name] :
         {std::pair{0.8, "0.8"}, {0.9, "0.9"}, {1.1, "1.1"}, {1.25, "1.25"}})
      measure(candidate, inputs, ratio, folder).print(candidate.name, name);
}
