/// chatterbox_engine MODEL_DIR PLAN sequential|troupe full|fast THREADS: speaks a plan in one of
/// two ways and prints one JSON line of seconds. For bench/chatterbox_whole.py.
///
/// PLAN has a line per segment: WAV of its speaker, language, guidance, text, separated by tabs.
/// sequential: as the replaced system did it: for each segment derive the voice, then one whole
/// engine call, then a temp WAV, one after another. troupe: each speaker's voice once, then all
/// segments in one call of the backend.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "media/libav_media.hpp"
#include "speech/chatterbox/chatterbox_backend.hpp"

namespace {

using namespace troupe;
using namespace troupe::speech::chatterbox;
using Clock = std::chrono::steady_clock;

/// Of all threads of this process, in seconds: what a busy machine does not stretch.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Line {
  std::string wav;
  SpeechRequest request;
};

std::vector<Line> read_plan(const std::string& path) {
  std::vector<Line> plan;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    std::istringstream fields(text);
    Line line;
    std::string guidance;
    std::getline(fields, line.wav, '\t');
    std::getline(fields, line.request.language, '\t');
    std::getline(fields, guidance, '\t');
    std::getline(fields, line.request.text, '\t');
    line.request.cfg_weight = std::atof(guidance.c_str());
    line.request.seed = plan.size() + 1;
    plan.push_back(std::move(line));
  }
  return plan;
}

Result<VoiceReference> read_reference(const std::string& wav) {
  VoiceReference reference;
  auto& samples = reference.audio.samples;
  TROUPE_CHECK(media::make_libav_media()->decode(wav, {kSampleRateHz, 1},
                                                 [&](std::span<const float> block) -> Result<void> {
                                                   samples.insert(samples.end(), block.begin(),
                                                                  block.end());
                                                   return {};
                                                 },
                                                 {}));
  return reference;
}

struct Seconds {
  double voices = 0, codes = 0, sound = 0, total = 0;  ///< sound: summed over threads
  double speech = 0;
  std::size_t code_count = 0;
  std::mutex mutex;
};

/// The parts with clocks around them.
Parts timed(Parts parts, Seconds& seconds) {
  Parts out = parts;
  out.decode = [parts, &seconds](std::span<const TokenRequest> requests, std::stop_token stop,
                                 const TokenSink& sink) {
    const auto start = Clock::now();
    parts.decode(requests, std::move(stop),
                 [&](std::size_t i, Result<std::vector<std::int32_t>> codes) {
                   if (codes) seconds.code_count += codes->size();
                   sink(i, std::move(codes));
                 });
    seconds.codes += since(start);
  };
  out.speak = [parts, &seconds](std::span<const std::int32_t> codes,
                                const ChatterboxConditionals& voice, std::uint64_t seed,
                                const S3GenSettings& settings) {
    const auto start = Clock::now();
    auto audio = parts.speak(codes, voice, seed, settings);
    const std::lock_guard lock(seconds.mutex);
    seconds.sound += since(start);
    if (audio) seconds.speech += static_cast<double>(audio->size()) / kSampleRateHz;
    return audio;
  };
  return out;
}

Result<void> speak(const SpeechBackend& backend, std::span<const SpeechRequest> requests,
                   int workers) {
  std::mutex mutex;
  Result<void> worst;
  backend.synthesize(requests, workers, {}, [&](std::size_t, Result<Utterance> utterance) {
    const std::lock_guard lock(mutex);
    if (!utterance)
      worst = tl::make_unexpected(utterance.error());
    else if (requests.size() == 1) {
      std::ofstream temp(std::filesystem::temp_directory_path() / "chatterbox_engine.tmp",
                         std::ios::binary);
      temp.write(reinterpret_cast<const char*>(utterance->audio.samples.data()),
                 static_cast<std::streamsize>(utterance->audio.samples.size() * sizeof(float)));
    }
  });
  return worst;
}

Result<void> run(char** argv) {
  const bool sequential = std::string(argv[3]) == "sequential";
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const auto engine = nn::make_openvino_engine({}, std::atoi(argv[5]));
  auto start = Clock::now();
  TROUPE_TRY(const Manifest manifest, read_manifest(argv[1]));
  TROUPE_TRY(Parts parts, load_parts(*engine, manifest, true));
  const double load = since(start);
  Seconds seconds;
  BackendInfo info;
  info.clones = true;
  const auto backend = make_backend(timed(std::move(parts), seconds), manifest, info);
  std::vector<Line> plan = read_plan(argv[2]);
  std::map<std::string, VoiceReference> references;
  for (Line& line : plan) {
    if (std::string(argv[4]) == "fast") line.request.effort = SpeechEffort::fast;
    TROUPE_TRY(references[line.wav], read_reference(line.wav));
  }
  // Kernels for the first shapes are compiled before the clock runs, on either side.
  SpeechRequest warm = plan.front().request;
  TROUPE_TRY(warm.voice, backend->make_voice(references[plan.front().wav], CloneEffort::fast));
  TROUPE_CHECK(speak(*backend, std::span(&warm, 1), cores));
  seconds.codes = seconds.sound = seconds.speech = 0;
  seconds.code_count = 0;

  start = Clock::now();
  const double processor = processor_seconds();
  if (sequential) {
    for (Line& line : plan) {
      const auto begin = Clock::now();
      TROUPE_TRY(line.request.voice, backend->make_voice(references[line.wav], CloneEffort::fast));
      seconds.voices += since(begin);
      TROUPE_CHECK(speak(*backend, std::span(&line.request, 1), cores));
    }
  } else {
    std::vector<std::pair<std::string, Result<VoicePtr>>> voices;
    for (const auto& [wav, reference] : references)
      voices.emplace_back(wav, fail(Errc::internal, "not made"));
    parallel_for(voices.size(), cores, [&](std::size_t i) {
      voices[i].second = backend->make_voice(references.at(voices[i].first), CloneEffort::fast);
    });
    seconds.voices = since(start);
    std::vector<SpeechRequest> requests;
    for (Line& line : plan) {
      for (const auto& [wav, voice] : voices)
        if (wav == line.wav) {
          TROUPE_TRY(line.request.voice, Result<VoicePtr>(voice));
        }
      requests.push_back(line.request);
    }
    TROUPE_CHECK(speak(*backend, requests, cores));
  }
  seconds.total = since(start);
  std::cout << "{\"load\": " << load << ", \"voices\": " << seconds.voices
            << ", \"codes\": " << seconds.codes << ", \"sound_threads\": " << seconds.sound
            << ", \"total\": " << seconds.total
            << ", \"processor\": " << processor_seconds() - processor
            << ", \"speech\": " << seconds.speech << ", \"code_count\": " << seconds.code_count
            << "}\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: chatterbox_engine MODEL_DIR PLAN sequential|troupe full|fast THREADS\n";
    return 2;
  }
  const auto done = run(argv);
  if (!done) std::cerr << done.error().message << '\n';
  return done ? 0 : 1;
}
