/// chatterbox_s3gen MODEL_DIR IN.safetensors OUT.safetensors TURNS STEPS GUIDANCE_EVERY PROMPT
/// f32|fastest: the turn of IN rendered alone (by all cores) and TURNS times side by side; wall and
/// processor seconds of each on stdout, mel and wave in OUT. For bench/chatterbox_s3gen.py.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "nn/safetensors.hpp"
#include "speech/chatterbox/s3gen.hpp"

namespace {

using namespace troupe;
using namespace troupe::speech::chatterbox;

struct Turn {
  std::vector<std::int32_t> tokens;
  ChatterboxConditionals voice;
  std::vector<float> noise;
  SourceNoise source;
};

Result<Turn> read(const char* path, const S3GenSettings& settings) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  TROUPE_TRY(const nn::SafeTensors file, nn::read_safetensors(bytes, path));
  const auto floats = [&](const char* name) { return *file.tensors.at(name).floats(); };
  const auto codes = [&](const char* name) {
    const auto& ids = *file.tensors.at(name).ints();
    return std::vector<std::int32_t>(ids.begin(), ids.end());
  };
  Turn turn{codes("tokens"), {}, floats("noise"), {{}, floats("source_noise")}};
  turn.voice.prompt_tokens = codes("prompt_tokens");
  turn.voice.prompt_mel = floats("prompt_mel");
  turn.voice.x_vector = floats("x_vector");
  std::copy_n(floats("phases").begin(), turn.source.phases.size(), turn.source.phases.begin());
  // A shorter prompt keeps its end, and the noise that belongs to it.
  const auto prompt = static_cast<std::size_t>(settings.prompt_tokens);
  if (prompt < turn.voice.prompt_tokens.size())
    turn.noise.erase(turn.noise.begin(),
                     turn.noise.begin() + static_cast<std::ptrdiff_t>(
                                              160 * (turn.voice.prompt_tokens.size() - prompt)));
  return turn;
}

Result<void> run(char** argv) {
  S3GenSettings settings;
  const int turns = std::atoi(argv[4]);
  settings.cfm_steps = std::atoi(argv[5]);
  settings.guidance_every = std::atoi(argv[6]);
  settings.prompt_tokens = std::atoi(argv[7]);
  const auto precision =
      std::string(argv[8]) == "f32" ? nn::Precision::f32 : nn::Precision::fastest;
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));

  TROUPE_TRY(const Turn turn, read(argv[2], settings));
  TROUPE_TRY(const Manifest manifest, read_manifest(argv[1]));
  const auto engine = nn::make_openvino_engine({});
  TROUPE_TRY(const auto s3gen, S3Gen::load(*engine, manifest, precision));
  nn::SafeTensors made;
  const auto render = [&](int workers, nn::SafeTensors* keep) -> Result<void> {
    S3GenSettings own = settings;
    own.workers = workers;
    TROUPE_TRY(std::vector<float> mel, s3gen->mel(turn.tokens, turn.voice, turn.noise, own));
    TROUPE_TRY(std::vector<float> wave, s3gen->wave(mel, turn.source));
    if (!keep) return {};
    std::vector<std::int64_t> mel_shape{static_cast<std::int64_t>(mel.size()) / 80, 80};
    std::vector<std::int64_t> wave_shape{static_cast<std::int64_t>(wave.size())};
    keep->tensors["mel"] = {std::move(mel_shape), std::move(mel)};
    keep->tensors["wave"] = {std::move(wave_shape), std::move(wave)};
    return {};
  };
  const auto timed = [](const char* name, const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << name << ' ' << took.count() << ' '
              << static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC << std::endl;
  };
  // The first one compiles for this length.
  TROUPE_CHECK(render(cores, &made));
  timed("alone", [&] { (void)render(cores, nullptr); });
  timed("together", [&] {
    parallel_for(static_cast<std::size_t>(turns), cores,
                 [&](std::size_t) { (void)render(1, nullptr); });
  });
  const auto bytes = nn::write_safetensors(made);
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) {
    std::cerr << "usage: chatterbox_s3gen MODEL_DIR IN OUT TURNS STEPS GUIDANCE_EVERY PROMPT "
                 "f32|fastest\n";
    return 2;
  }
  const auto done = run(argv);
  if (!done) std::cerr << done.error().message << '\n';
  return done ? 0 : 1;
}
