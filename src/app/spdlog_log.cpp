#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "app/console.hpp"
#include "core/file_kind.hpp"

namespace troupe::app {
namespace {

class SpdlogLog : public Log {
 public:
  explicit SpdlogLog(bool quiet)
      : logger_("troupe", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    // On a terminal the progress bar's line is wiped first.
    const std::string wipe = ::isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "";
    logger_.set_pattern(wipe + "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger_.set_level(quiet ? spdlog::level::err : spdlog::level::info);
    logger_.flush_on(spdlog::level::info);
  }
  void info(std::string_view line) override { logger_.info("{}", printable(line)); }
  void warn(std::string_view line) override { logger_.warn("{}", printable(line)); }

 private:
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(bool quiet) { return std::make_unique<SpdlogLog>(quiet); }

}  // namespace troupe::app
