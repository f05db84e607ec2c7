// Maintainer's tool: speaks a short sentence in each of many Kokoro styles with the shipped runtime
// and writes what the speaker encoder hears. tools/train_style_encoder.py learns from it.
//   build/render_styles MODELS_DIR styles.f32 heard.f32
// styles.f32: rows of 258 floats: style [256], f0_ratio, sentence number.
// heard.f32: rows of 257 floats: GE2E embedding [256], median f0 in Hz (0 when nothing was heard).
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/parallel.hpp"
#include "dsp/pitch.hpp"
#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_backend.hpp"
#include "voices/ge2e_encoder.hpp"

using namespace troupe;

namespace {

// Written for this tool; used in no test and no benchmark.
constexpr const char* kSentences[] = {
    "The gardener waters the tall roses early.",
    "Could we borrow your ladder on Sunday?",
    "A narrow path leads down to the river mill.",
    "Most of the bread was sold before noon.",
};
constexpr std::size_t kIn = 258, kOut = 257;

VoicePtr voice_of(const float* row, const std::string& model_hash) {
  auto conditionals = std::make_shared<Conditionals>();
  conditionals->backend = "kokoro";
  conditionals->model_hash = model_hash;
  conditionals->arrays["style"] = {{1, 256}, std::vector<float>(row, row + 256)};
  conditionals->arrays["f0_ratio"] = {{1}, std::vector<float>{row[256]}};
  auto voice = std::make_shared<Voice>();
  voice->kind = VoiceKind::cloned;
  voice->conditionals = std::move(conditionals);
  return voice;
}

void hear(const SpeechBackend& kokoro, const SpeakerEncoder& encoder, const float* row,
          float* out) {
  SpeechRequest request;
  request.text = kSentences[static_cast<std::size_t>(row[257]) % std::size(kSentences)];
  request.language = "en-us";
  request.voice = voice_of(row, kokoro.info().model_hash);
  kokoro.synthesize({&request, 1}, 1, {}, [&](std::size_t, Result<Utterance> spoken) {
    if (!spoken) return;
    const auto embedding = encoder.embed(spoken->audio);
    if (!embedding) return;
    std::copy(embedding->begin(), embedding->end(), out);
    out[256] = static_cast<float>(dsp::median_f0_hz(spoken->audio).value_or(0));
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: render_styles MODELS_DIR IN OUT\n"), 2;
  const std::filesystem::path models = argv[1];
  const auto engine = nn::make_openvino_engine({});
  const auto kokoro = speech::make_kokoro_backend(*engine, models / "kokoro");
  if (!kokoro) return std::fprintf(stderr, "%s\n", kokoro.error().message.c_str()), 3;
  auto graph = engine->load(models / "ge2e" / "ge2e.onnx", nn::Precision::f32);
  if (!graph) return std::fprintf(stderr, "%s\n", graph.error().message.c_str()), 3;
  const auto encoder = voices::make_ge2e_encoder(*graph, models / "ge2e" / "mel_filters.npy");
  if (!encoder) return std::fprintf(stderr, "%s\n", encoder.error().message.c_str()), 3;

  std::ifstream in(argv[2], std::ios::binary);
  std::vector<float> rows(std::filesystem::file_size(argv[2]) / sizeof(float));
  in.read(reinterpret_cast<char*>(rows.data()),
          static_cast<std::streamsize>(rows.size() * sizeof(float)));
  const std::size_t count = rows.size() / kIn;
  std::vector<float> heard(count * kOut);
  parallel_for(count, 2, [&](std::size_t i) {
    hear(**kokoro, **encoder, rows.data() + i * kIn, heard.data() + i * kOut);
    if (i % 100 == 0) std::fprintf(stderr, "%zu of %zu\n", i, count);
  });
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(heard.data()),
             static_cast<std::streamsize>(heard.size() * sizeof(float)));
  return 0;
}
