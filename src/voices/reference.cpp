#include "voices/reference.hpp"

#include "core/sha256.hpp"
#include "dsp/highpass.hpp"
#include "dsp/pitch.hpp"
#include "voices/isolate.hpp"
#include "voices/quality.hpp"

namespace troupe::voices {
namespace {

Result<VoiceQuality> quality_of(const SpeakerAudio& speaker, const SileroVad* vad) {
  if (vad == nullptr) return measure_quality_by_energy(speaker);
  return measure_quality(speaker, *vad);
}

}  // namespace

std::string reference_hash(const SpeakerAudio& speaker) {
  Sha256 hash;
  for (const Chunk& chunk : speaker.chunks) {
    hash.update(std::to_string(chunk.samples.size()) + "\n");
    hash.update(std::span<const float>(chunk.samples));
  }
  return std::move(hash).hex();
}

std::string voice_key(const std::string& reference_hash, const BackendInfo& backend,
                      CloneEffort effort, const std::string& language) {
  std::string text;
  for (const std::string& part : {reference_hash, backend.name, backend.model_hash, backend.cloning,
                                  std::to_string(static_cast<int>(effort)),
                                  std::to_string(Conditionals{}.format_version), language})
    text += part + "\n";
  return sha256_hex(text);
}

PreparedReference prepare_reference(const SpeakerAudio& speaker, std::string reference_hash,
                                    const std::string& language, const BuilderPorts& ports) {
  PreparedReference prepared;
  if (speaker.chunks.empty()) {
    prepared.reason =
        "no stretch of audio with this person alone: give a segment in which no one "
        "else speaks";
    return prepared;
  }
  auto quality = quality_of(speaker, ports.vad);
  if (!quality) {
    prepared.reason = quality.error().message;
    return prepared;
  }
  prepared.quality = *quality;
  if (auto refused = gate(*quality)) {
    prepared.reason = std::move(*refused);
    prepared.f0_hz = dsp::median_f0_hz(join_chunks(speaker.chunks));
    return prepared;
  }
  std::vector<Chunk> chunks = speaker.chunks;
  for (Chunk& chunk : chunks) dsp::remove_rumble(chunk.samples);
  auto isolation = isolate(chunks, ports.encoder);
  if (!isolation) {
    prepared.reason = isolation.error().message;
    return prepared;
  }
  VoiceReference reference;
  reference.audio = join_chunks(isolation->kept);
  reference.hash = std::move(reference_hash);
  reference.target_language = language;
  reference.f0_hz = prepared.f0_hz = dsp::median_f0_hz(reference.audio);
  auto embedding = ports.encoder.embed(reference.audio);
  if (!embedding) {
    prepared.reason = embedding.error().message;
    return prepared;
  }
  reference.embedding = *embedding;
  prepared.reference = std::move(reference);
  return prepared;
}

}  // namespace troupe::voices
