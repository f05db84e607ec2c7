#include "app/signals.hpp"

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace troupe::app {

void stop_on_signals(std::stop_source source) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // nohup(1) ignores it before we start.
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a failed write, not a reason to die
  ::signal(SIGXFSZ, SIG_IGN);  // likewise a file over the size limit
  // A thread of its own: request_stop() may not be called from a signal handler.
  std::thread([signals, source]() mutable {
    int received = 0;
    sigwait(&signals, &received);
    source.request_stop();
    // timeout(1) and terminals may send one wish twice, to the process and to its group.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const timespec at_once{};
    while (sigtimedwait(&signals, nullptr, &at_once) > 0) continue;
    sigwait(&signals, &received);
    std::_Exit(1);
  }).detach();
}

}  // namespace troupe::app
