#include "voices/voice_folder.hpp"

#include <algorithm>
#include <cmath>

#include "core/sha256.hpp"
#include "core/try.hpp"
#include "voices/conditionals_io.hpp"
#include "voices/file_bytes.hpp"
#include "voices/npy.hpp"
#include "voices/shown_name.hpp"
#include "voices/voice_metadata.hpp"

namespace troupe::voices {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kEmbedding = "embedding.npy";
constexpr const char* kConditionals = "conditionals.safetensors";
constexpr const char* kReference = "reference.wav";

Result<Bytes> read_part(const fs::path& path) {
  auto bytes = read_file(path);
  std::error_code error;
  if (bytes || fs::status(path, error).type() != fs::file_type::not_found) return bytes;
  return fail(Errc::bad_input, bytes.error().message + "; make the voice again");
}

Result<VoiceMetadata> read_metadata(const fs::path& folder) {
  TROUPE_TRY(const Bytes bytes, read_part(folder / kMetadata));
  return parse_metadata({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                        (folder / kMetadata).string());
}

Result<Bytes> read_checked(const fs::path& path, const std::string& sha256) {
  TROUPE_TRY(Bytes bytes, read_part(path));
  if (sha256_hex(bytes) != sha256)
    return fail(Errc::bad_input, path.string() +
                                     ": damaged, its SHA-256 is not the one in metadata.json; "
                                     "make the voice again");
  return bytes;
}

Result<Embedding> read_embedding(std::span<const std::uint8_t> bytes, const std::string& origin) {
  TROUPE_TRY(const Tensor tensor, parse_npy(bytes, origin));
  Embedding embedding{};
  if (tensor.shape != std::vector<std::int64_t>{static_cast<std::int64_t>(embedding.size())})
    return fail(Errc::bad_input, origin + ": not f32 [256]; make the voice again");
  std::copy(tensor.floats()->begin(), tensor.floats()->end(), embedding.begin());
  return embedding;
}

}  // namespace

Result<void> write_voice_folder(const fs::path& folder, const std::string& stored_as,
                                std::int64_t created_unix_s, const Voice& voice,
                                const AudioBuffer* reference) {
  if (voice.conditionals == nullptr)
    return fail(Errc::internal, "voice " + shown_name(stored_as) + " has no conditionals to store");
  VoiceMetadata metadata{stored_as, created_unix_s, {}, voice};
  const auto add = [&](const char* name, const Bytes& bytes) {
    metadata.files[name] = sha256_hex(bytes);
    return write_file(folder / name, bytes);
  };
  TROUPE_CHECK(add(kConditionals, serialise(*voice.conditionals)));
  if (voice.embedding) {
    const Tensor tensor({static_cast<std::int64_t>(voice.embedding->size())},
                        std::vector<float>(voice.embedding->begin(), voice.embedding->end()));
    TROUPE_CHECK(add(kEmbedding, write_npy(tensor)));
  }
  if (reference != nullptr) TROUPE_CHECK(add(kReference, wav_bytes(*reference)));
  TROUPE_TRY(const std::string text, write_metadata(metadata));
  return write_file(folder / kMetadata, Bytes(text.begin(), text.end()));
}

Result<StoredVoice> read_voice_folder(const fs::path& folder) {
  TROUPE_TRY(VoiceMetadata metadata, read_metadata(folder));
  const auto origin = [&](const char* name) { return (folder / name).string(); };
  TROUPE_TRY(const Bytes bytes,
             read_checked(folder / kConditionals, metadata.files[kConditionals]));
  TROUPE_TRY(Conditionals conditionals, parse_conditionals(bytes, origin(kConditionals)));
  metadata.voice.conditionals = std::make_shared<const Conditionals>(std::move(conditionals));
  if (const auto found = metadata.files.find(kEmbedding); found != metadata.files.end()) {
    TROUPE_TRY(const Bytes npy, read_checked(folder / kEmbedding, found->second));
    TROUPE_TRY(metadata.voice.embedding, read_embedding(npy, origin(kEmbedding)));
  }
  return StoredVoice{std::make_shared<const Voice>(std::move(metadata.voice)),
                     std::move(metadata.stored_as), metadata.created_unix_s};
}

Result<std::string> read_stored_as(const fs::path& folder) {
  TROUPE_TRY(VoiceMetadata metadata, read_metadata(folder));
  return std::move(metadata.stored_as);
}

std::vector<std::uint8_t> wav_bytes(const AudioBuffer& audio) {
  Bytes bytes;
  bytes.reserve(44 + audio.samples.size() * 2);
  const auto number = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto word = [&](std::string_view text) {
    for (char c : text) bytes.push_back(static_cast<std::uint8_t>(c));
  };
  const auto data_size = static_cast<std::uint32_t>(audio.samples.size() * 2);
  const auto rate = static_cast<std::uint32_t>(audio.sample_rate_hz);
  word("RIFF");
  number(36 + data_size, 4);
  word("WAVEfmt ");
  number(16, 4);
  number(1, 2);  // PCM
  number(1, 2);  // channels
  number(rate, 4);
  number(rate * 2, 4);
  number(2, 2);
  number(16, 2);
  word("data");
  number(data_size, 4);
  for (float x : audio.samples)
    number(static_cast<std::uint32_t>(std::lround(std::clamp(x, -1.0F, 1.0F) * 32767.0F)), 2);
  return bytes;
}

}  // namespace troupe::voices
