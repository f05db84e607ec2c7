/// Names for jobs that have none.
#pragma once

#include <string>

#include "troupe/job.hpp"

namespace troupe::pipeline {

/// 16 hex digits (SHA-256) over what is to be said, by whom, when and how.
std::string job_digest(const Job& job);

}  // namespace troupe::pipeline
