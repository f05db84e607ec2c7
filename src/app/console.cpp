#include "app/console.hpp"

#include <iostream>

#include "app/result_json.hpp"

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
    // Names and ids are data: control characters in them must not break the line.
    std::string line = error.message;
    for (char& c : line)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    std::cerr << "troupe: error: " << line << std::endl;
  }
  return exit_code(error.code);
}

void say(const Console& console, const std::string& line) {
  if (!console.json) std::cout << line << '\n';
}

void note(const Console& console, const std::string& line) {
  if (!console.quiet) std::cerr << "troupe: " << line << std::endl;
}

}  // namespace troupe::app
