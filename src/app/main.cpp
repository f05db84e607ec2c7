#include <exception>
#include <iostream>

#include "app/commands.hpp"
#include "app/signals.hpp"

int main(int argc, char** argv) {
  std::stop_source stop;
  troupe::app::stop_on_signals(stop);
  try {
    return troupe::app::run_command_line(argc, argv, stop.get_token());
  } catch (const std::exception& error) {
    std::cerr << "troupe: error: unexpected failure: " << error.what() << std::endl;
    return troupe::app::kFailed;
  }
}
