#include <algorithm>
#include <exception>
#include <new>
#include <thread>

#include "core/file_kind.hpp"
#include "pipeline/phase_steps.hpp"

namespace troupe::pipeline {
namespace {

constexpr std::size_t kLoggedWarnings = 20;

}  // namespace

Context make_context(const Job& job, const Outputs& outputs, const Ports& ports,
                     const DubSettings& settings, Report& report) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return {job, outputs, ports, settings, report, settings.workers > 0 ? settings.workers : cores,
          {},  {}};
}

Result<void> guarded(const std::function<Result<void>()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(Errc::internal, "out of memory; give the machine more or use fewer --workers");
  } catch (const std::exception& error) {
    return fail(Errc::internal, std::string("unexpected failure: ") + error.what());
  }
}

void Context::warn(std::string line) const {
  // Ids and texts are data: a line break in one must not fake a second log line.
  line = printable(line);
  if (report.warnings.size() < kLoggedWarnings) ports.log.warn(line);
  if (report.warnings.size() == kLoggedWarnings)
    ports.log.warn("further warnings of this job are in its report only");
  report.warnings.push_back(std::move(line));
}

Result<void> Context::go_on(const char* stage) const {
  if (settings.stop.stop_requested()) return fail(Errc::cancelled, "cancelled", stage);
  return {};
}

}  // namespace troupe::pipeline
