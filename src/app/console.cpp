#include "app/console.hpp"

#include <iostream>

#include "app/result_json.hpp"
#include "core/file_kind.hpp"

namespace troupe::app {

ExitCode exit_code(Errc code) {
  switch (code) {
    case Errc::bad_input:
    case Errc::unsupported:
      return kBadInput;
    case Errc::missing_model:
      return kMissing;
    case Errc::io:
    case Errc::backend:
    case Errc::too_few_spoken:
    case Errc::cancelled:
    case Errc::internal:
      break;
  }
  return kFailed;
}

ExitCode report_error(const Console& console, const Error& error) {
  if (console.json) {
    std::cerr << error_json(error) << std::endl;
  } else {
    std::cerr << "troupe: error: " << printable(error.message) << std::endl;
  }
  return exit_code(error.code);
}

void say(const Console& console, const std::string& line) {
  if (!console.json) std::cout << printable(line) << '\n';
}

void note(const Console& console, const std::string& line) {
  if (!console.quiet) std::cerr << "troupe: " << printable(line) << std::endl;
}

int flushed(const Console& console, int code) {
  std::cout.flush();
  if (std::cout) return code;
  const ExitCode failed =
      report_error(console, {Errc::io,
                             "the result cannot be written to standard output; free some space, or "
                             "keep its reader running",
                             "",
                             {}});
  return code == kDone || code == kImperfect ? failed : code;
}

}  // namespace troupe::app
