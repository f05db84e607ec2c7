// Maintainer's tool: speaks the same sentences in every Kokoro preset with the shipped runtime and
// prints src/speech/kokoro/kokoro_presets.inc (name, median f0, GE2E embedding).
//   build/measure_presets MODELS_DIR > src/speech/kokoro/kokoro_presets.inc
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/parallel.hpp"
#include "dsp/pitch.hpp"
#include "kokoro_and_ears.hpp"

using namespace troupe;

namespace {

// Written for this tool; used in no test and no benchmark.
constexpr const char* kSentences[] = {
    "The old lighthouse keeper counted seven boats before the fog rolled over the harbour.",
    "Could you bring me the blue jacket and a cup of strong tea, please?",
    "Every Thursday we walk through the orchard and talk about music, weather and food.",
};

struct Measured {
  Embedding embedding{};
  double f0_hz = 0;
  std::string error;
};

Measured measure(const SpeechBackend& kokoro, const SpeakerEncoder& encoder,
                 const std::string& name) {
  Measured out;
  const auto voice = kokoro.preset_voice(name);
  if (!voice) return out.error = voice.error().message, out;
  std::vector<SpeechRequest> requests;
  for (const char* text : kSentences) {
    SpeechRequest request;
    request.text = text;
    request.language = "en-us";
    request.voice = *voice;
    requests.push_back(request);
  }
  AudioBuffer joined;
  kokoro.synthesize(requests, 1, {}, [&](std::size_t, Result<Utterance> spoken) {
    if (spoken)
      joined.samples.insert(joined.samples.end(), spoken->audio.samples.begin(),
                            spoken->audio.samples.end());
    else
      out.error = spoken.error().message;
  });
  const auto embedding = encoder.embed(joined);
  if (!embedding) return out.error = embedding.error().message, out;
  out.embedding = *embedding;
  out.f0_hz = dsp::median_f0_hz(joined).value_or(0);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: measure_presets MODELS_DIR\n"), 2;
  const tools::KokoroAndEars tools(argv[1]);

  std::vector<std::string> names;
  for (const std::string& name : tools.kokoro->presets())
    // Japanese and Mandarin presets never saw the phonemes of the languages spoken here; af_nicole
    // whispers at half the pace of the others.
    if (name[0] != 'j' && name[0] != 'z' && name != "af_nicole") names.push_back(name);
  std::vector<Measured> measured(names.size());
  parallel_for(names.size(), 2, [&](std::size_t i) {
    measured[i] = measure(*tools.kokoro, *tools.ears, names[i]);
    std::fprintf(stderr, "%s %.0f Hz %s\n", names[i].c_str(), measured[i].f0_hz,
                 measured[i].error.c_str());
  });

  std::printf("// Made by tools/measure_presets.cpp: do not edit.\n");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!measured[i].error.empty() || measured[i].f0_hz == 0) return 1;
    const auto& e = measured[i].embedding;
    const float top = *std::max_element(e.begin(), e.end());
    std::string row = "{\"" + names[i] + "\", " + std::to_string(measured[i].f0_hz) + "f, {";
    for (std::size_t k = 0; k < e.size(); ++k)
      row += (k % 24 == 0 ? "\n  " : "") +
             std::to_string(std::lround(std::max(0.f, e[k]) / top * 255)) + ",";
    std::printf("%s}},\n", row.c_str());
  }
  return 0;
}
