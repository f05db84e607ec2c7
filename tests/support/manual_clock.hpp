/// Clock and log that tests own.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/clock.hpp"

namespace troupe::test {

/// Every look at the steady clock costs one millisecond, so that phases measure above zero.
class ManualClock : public Clock {
 public:
  double steady_ms() const override {
    const std::lock_guard lock(mutex_);
    return steady_ms_ += 1;
  }
  std::int64_t unix_seconds() const override { return unix_seconds_; }
  void set_unix_seconds(std::int64_t seconds) { unix_seconds_ = seconds; }

 private:
  mutable std::mutex mutex_;
  mutable double steady_ms_ = 0;
  std::int64_t unix_seconds_ = 1'700'000'000;
};

/// Keeps what was logged.
class MemoryLog : public Log {
 public:
  void info(std::string_view line) override { add(infos_, line); }
  void warn(std::string_view line) override { add(warnings_, line); }
  std::vector<std::string> infos() const { return copy(infos_); }
  std::vector<std::string> warnings() const { return copy(warnings_); }

 private:
  void add(std::vector<std::string>& to, std::string_view line) {
    const std::lock_guard lock(mutex_);
    to.emplace_back(line);
  }
  std::vector<std::string> copy(const std::vector<std::string>& from) const {
    const std::lock_guard lock(mutex_);
    return from;
  }
  mutable std::mutex mutex_;
  std::vector<std::string> infos_, warnings_;
};

}  // namespace troupe::test
