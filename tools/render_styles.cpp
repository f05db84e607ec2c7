// Maintainer's tool: speaks one text in each of many Kokoro styles with the shipped runtime and
// writes what the speaker encoder hears. tools/train_style_encoder.py learns from it.
//   build/render_styles MODELS_DIR styles.f32 texts.txt heard.f32
// styles.f32: rows of 257 floats: style [256], f0_ratio. texts.txt: a line each: language TAB text.
// heard.f32: rows of 257 floats: GE2E embedding [256], median f0 in Hz (0 when nothing was heard).
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "dsp/pitch.hpp"
#include "kokoro_and_ears.hpp"

using namespace troupe;

namespace {

constexpr std::size_t kColumns = 257;

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

void hear(const tools::KokoroAndEars& tools, const float* row, const std::string& line,
          float* out) {
  const auto tab = line.find('\t');
  SpeechRequest request;
  request.language = line.substr(0, tab);
  request.text = line.substr(tab + 1);
  request.voice = voice_of(row, tools.kokoro->info().model_hash);
  tools.kokoro->synthesize({&request, 1}, 1, {}, [&](std::size_t, Result<Utterance> spoken) {
    if (!spoken) return;
    const auto embedding = tools.ears->embed(spoken->audio);
    if (!embedding) return;
    std::copy(embedding->begin(), embedding->end(), out);
    out[256] = static_cast<float>(dsp::median_f0_hz(spoken->audio).value_or(0));
  });
}

std::vector<float> read_rows(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<float> rows(std::filesystem::file_size(path) / sizeof(float));
  in.read(reinterpret_cast<char*>(rows.data()),
          static_cast<std::streamsize>(rows.size() * sizeof(float)));
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: render_styles MODELS_DIR IN TEXTS OUT\n"), 2;
  const tools::KokoroAndEars tools(argv[1]);
  const std::vector<float> rows = read_rows(argv[2]);
  std::vector<std::string> lines;
  std::ifstream texts(argv[3]);
  for (std::string line; std::getline(texts, line);) lines.push_back(line);
  const std::size_t count = rows.size() / kColumns;
  if (lines.size() != count)
    return std::fprintf(stderr, "%zu texts, %zu styles\n", lines.size(), count), 2;

  std::vector<float> heard(count * kColumns);
  parallel_for(count, 2, [&](std::size_t i) {
    hear(tools, rows.data() + i * kColumns, lines[i], heard.data() + i * kColumns);
    if (i % 100 == 0) std::fprintf(stderr, "%zu of %zu\n", i, count);
  });
  std::ofstream(argv[4], std::ios::binary)
      .write(reinterpret_cast<const char*>(heard.data()),
             static_cast<std::streamsize>(heard.size() * sizeof(float)));
  return 0;
}
