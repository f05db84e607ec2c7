/// chatterbox_voice MODEL_DIR WAV OUT.safetensors ROUNDS: a recording's conditionals, and how long
/// each round took in ms, on stdout. For bench/chatterbox_conditionals.py.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "core/try.hpp"
#include "media/libav_media.hpp"
#include "nn/safetensors.hpp"
#include "speech/chatterbox/voice_encoder.hpp"

namespace {

troupe::Result<void> run(char** argv) {
  using namespace troupe;
  using namespace troupe::speech::chatterbox;
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const auto engine = nn::make_openvino_engine({}, cores);
  TROUPE_TRY(const Manifest manifest, read_manifest(argv[1]));
  TROUPE_TRY(const VoiceEncoder encoder, VoiceEncoder::load(*engine, manifest));
  AudioBuffer audio;
  TROUPE_CHECK(media::make_libav_media()->decode(argv[2], {kSampleRateHz, 1},
                                                 [&](std::span<const float> block) -> Result<void> {
                                                   audio.samples.insert(audio.samples.end(),
                                                                        block.begin(), block.end());
                                                   return {};
                                                 },
                                                 {}));
  ChatterboxConditionals voice;
  for (int round = 0; round < std::atoi(argv[4]); ++round) {
    const auto start = std::chrono::steady_clock::now();
    TROUPE_TRY(voice, encoder.derive(audio));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << took.count() << '\n';
  }
  const auto bytes = nn::write_safetensors({{}, to_conditionals(voice, manifest.hash)->arrays});
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: chatterbox_voice MODEL_DIR WAV OUT.safetensors ROUNDS\n";
    return 2;
  }
  const auto done = run(argv);
  if (!done) std::cerr << done.error().message << '\n';
  return done ? 0 : 1;
}
