#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "segments/cues.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe::segments;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cues = parse_srt(text, "file.srt");
  if (!cues) {
    if (cues.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  for (const RawCue& cue : *cues)
    if (cue.start_ms < 0 || cue.end_ms <= cue.start_ms) std::abort();
  if (settle_speakers(*cues).size() < cues->size()) std::abort();
  return 0;
}
