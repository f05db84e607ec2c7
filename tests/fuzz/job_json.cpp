#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "segments/check.hpp"
#include "segments/job_reader.hpp"
#include "segments/turns.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto job = segments::parse_job(text, "job.json", "/in");
  if (!job) {
    if (job.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  // Whatever was accepted goes on without an error other than "wholly past the end".
  const auto checked = segments::check_segments(*job, ms_to_samples(60'000));
  if (!checked) return 0;
  const std::vector<Turn> turns = segments::group_turns(checked->segments);
  for (const Turn& turn : turns)
    if (turn.phrases.empty() || turn.span.empty()) std::abort();
  return 0;
}
