#include "pipeline/job_digest.hpp"

#include <utility>

#include "core/sha256.hpp"

namespace troupe::pipeline {

std::string job_digest(const Job& job) {
  Sha256 hash;
  // A NUL after each field keeps "ab"+"c" and "a"+"bc" apart.
  auto add = [&](const std::string& field) {
    hash.update(std::string_view(field.c_str(), field.size() + 1));
  };
  add(job.source_audio.string());
  add(job.target_language);
  add(job.options.backend);
  add(std::to_string(job.options.seed));
  for (const JobSegment& segment : job.segments) {
    add(segment.speaker_id);
    add(std::to_string(segment.start_ms) + "-" + std::to_string(segment.end_ms));
    add(segment.translated_text);
  }
  return std::move(hash).hex().substr(0, 16);
}

}  // namespace troupe::pipeline
