#include "app/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>

namespace troupe::app {
namespace {

constexpr int kWidth = 30;

bool shown(bool quiet) { return !quiet && ::isatty(STDERR_FILENO) == 1; }

}  // namespace

pipeline::Progress make_progress(bool quiet) {
  if (!shown(quiet)) return {};
  auto mutex = std::make_shared<std::mutex>();
  return [mutex](std::string_view phase, int done, int total) {
    const std::lock_guard lock(*mutex);
    const int filled = total > 0 ? kWidth * done / total : kWidth;
    std::string bar(static_cast<std::size_t>(filled), '#');
    bar.resize(kWidth, '.');
    std::fprintf(stderr, "\r\033[K%-10.*s [%s] %d/%d", static_cast<int>(phase.size()), phase.data(),
                 bar.c_str(), done, total);
    std::fflush(stderr);
  };
}

void end_progress(bool quiet) {
  if (shown(quiet)) std::fputs("\r\033[K", stderr);
}

}  // namespace troupe::app
