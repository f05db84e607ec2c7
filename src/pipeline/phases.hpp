/// Wall time per phase, measured by scope.
#pragma once

#include "core/clock.hpp"

namespace troupe::pipeline {

/// Adds the milliseconds between its construction and destruction to one field.
class PhaseScope {
 public:
  PhaseScope(const Clock& clock, double& field)
      : clock_(clock), field_(field), start_(clock.steady_ms()) {}
  ~PhaseScope() { field_ += clock_.steady_ms() - start_; }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;

 private:
  const Clock& clock_;
  double& field_;
  double start_;
};

}  // namespace troupe::pipeline
