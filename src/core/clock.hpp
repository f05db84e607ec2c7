/// Ports: time and log, injected so that tests own them.
#pragma once

#include <cstdint>
#include <string_view>

namespace troupe {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual double steady_ms() const = 0;           ///< monotonic, for durations
  virtual std::int64_t unix_seconds() const = 0;  ///< wall time, for ages
};

/// Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  virtual void info(std::string_view line) = 0;
  virtual void warn(std::string_view line) = 0;
};

}  // namespace troupe
