/// The one bounded pool: runs independent items on a few threads, in order of submission.
#pragma once

#include <cstddef>
#include <functional>

namespace troupe {

/// Calls task(i) once for every i < count, on at most `workers` threads (the caller's is one of
/// them); returns when all are done. task must not throw; items start in ascending order.
void parallel_for(std::size_t count, int workers, const std::function<void(std::size_t)>& task);

}  // namespace troupe
