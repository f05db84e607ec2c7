/// What every command shares: where words go, how failures become exit codes.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "app/paths.hpp"
#include "core/clock.hpp"
#include "troupe/report.hpp"
#include "troupe/result.hpp"

namespace troupe::app {

/// contract.md: 0 done, 1 failed, 2 usage or bad input, 3 missing model or dependency, 4 done but
/// some turns are generic or failed (only with --strict).
enum ExitCode { kDone = 0, kFailed = 1, kBadInput = 2, kMissing = 3, kImperfect = 4 };

struct Console {
  bool json = false;
  bool quiet = false;
  std::stop_token stop = {};
  Paths paths = paths_from_environment();
};

ExitCode exit_code(Errc code);

/// One line on stderr: "troupe: error: ...", or with --json {"error":{code, message, stage, turn}}.
ExitCode report_error(const Console& console, const Error& error);

/// One line of text to stdout, only without --json.
void say(const Console& console, const std::string& line);
/// A hint on stderr that is no error; --quiet drops it.
void note(const Console& console, const std::string& line);

/// Writes out what stdout still holds. @return the code, or kFailed with a line of error when the
/// result did not arrive.
int flushed(const Console& console, int code);

/// stderr: time, level, line; nothing below errors with quiet.
std::unique_ptr<Log> make_stderr_log(bool quiet);

}  // namespace troupe::app
