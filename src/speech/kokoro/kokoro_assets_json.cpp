#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/sha256.hpp"
#include "core/try.hpp"
#include "core/utf8.hpp"
#include "nn/safetensors.hpp"
#include "speech/kokoro/kokoro_assets.hpp"

namespace troupe::speech {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kStyleRows = 510;
constexpr std::int64_t kStyleSize = 256;

Fail broken(const fs::path& path, const std::string& why) {
  return fail(Errc::missing_model, path.string() + ": " + why + "; run `troupe models fetch`");
}

Result<std::vector<std::uint8_t>> read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return broken(path, "no such model file");
  return std::vector<std::uint8_t>(std::istreambuf_iterator<char>(in), {});
}

Result<json> read_json(const fs::path& path) {
  TROUPE_TRY(const auto bytes, read_all(path));
  json parsed = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!parsed.is_object()) return broken(path, "not a JSON object");
  return parsed;
}

Result<KokoroVocabulary> read_vocabulary(const fs::path& path) {
  TROUPE_TRY(const json file, read_json(path));
  KokoroVocabulary vocabulary;
  if (file.contains("vocab") && file["vocab"].is_object())
    for (const auto& [sign, id] : file["vocab"].items()) {
      const auto code_points = decode_utf8(sign);
      if (code_points.size() != 1 || !id.is_number_integer())
        return broken(path, "entry '" + sign + "' is not one sign with a number");
      vocabulary[code_points[0]] = id.get<std::int64_t>();
    }
  if (vocabulary.empty()) return broken(path, "holds no \"vocab\"");
  return vocabulary;
}

Result<dsp::SourceWeights> read_source(const fs::path& path) {
  TROUPE_TRY(const auto bytes, read_all(path));
  const auto content = nn::read_safetensors(bytes, path.string());
  if (!content) return broken(path, "not a safetensors file");
  const auto weight = content->tensors.find("linear_weight");
  const auto bias = content->tensors.find("linear_bias");
  if (weight == content->tensors.end() || bias == content->tensors.end() ||
      weight->second.size() != dsp::kHarmonics || bias->second.size() != 1 ||
      !weight->second.floats() || !bias->second.floats())
    return broken(path, "lacks linear_weight f32 [9] or linear_bias f32 [1]");
  dsp::SourceWeights source;
  std::copy_n(weight->second.floats()->begin(), dsp::kHarmonics, source.linear_weight.begin());
  source.linear_bias = bias->second.floats()->front();
  return source;
}

// What a member holds, or nothing where it is missing or of another type.
const json& list_in(const json& object, const char* name) {
  static const json kNone = json::array();
  const bool given = object.is_object() && object.contains(name) && object[name].is_array();
  return given ? object[name] : kNone;
}
std::string word_in(const json& object, const char* name) {
  const bool given = object.is_object() && object.contains(name) && object[name].is_string();
  return given ? object[name].get<std::string>() : std::string();
}

/// Over the hashes of a model's files; empty for a model that is not listed.
std::string hash_of(const json& manifest, const char* name) {
  std::string hashes;
  for (const json& model : list_in(manifest, "models"))
    if (word_in(model, "name").starts_with(name))
      for (const json& file : list_in(model, "files")) hashes += word_in(file, "sha256");
  return hashes.empty() ? hashes : sha256_hex(hashes);
}

}  // namespace

Result<KokoroAssets> load_kokoro_assets(const fs::path& model_dir) {
  KokoroAssets assets;
  TROUPE_TRY(assets.vocabulary, read_vocabulary(model_dir / "vocab.json"));
  TROUPE_TRY(assets.source, read_source(model_dir / "source.safetensors"));
  const fs::path manifest_path = model_dir.parent_path() / "manifest.json";
  TROUPE_TRY(const json manifest, read_json(manifest_path));
  assets.model_hash = hash_of(manifest, "kokoro");
  if (assets.model_hash.empty()) return broken(manifest_path, "does not list kokoro");
  assets.style_encoder_hash = hash_of(manifest, "style-encoder");
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(model_dir / "voices", error))
    if (entry.path().extension() == ".bin") assets.presets.push_back(entry.path().stem().string());
  std::sort(assets.presets.begin(), assets.presets.end());
  if (assets.presets.empty()) return broken(model_dir / "voices", "no voice packs");
  return assets;
}

Result<Tensor> load_kokoro_style(const fs::path& model_dir, const std::string& name) {
  const fs::path path = model_dir / "voices" / (name + ".bin");
  TROUPE_TRY(const auto bytes, read_all(path));
  if (bytes.size() != kStyleRows * kStyleSize * sizeof(float))
    return broken(path, "not f32 [510, 256]");
  std::vector<float> style(kStyleRows * kStyleSize);
  std::memcpy(style.data(), bytes.data(), bytes.size());
  return Tensor({kStyleRows, kStyleSize}, std::move(style));
}

}  // namespace troupe::speech
