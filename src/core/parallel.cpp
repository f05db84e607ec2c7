#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace troupe {

void parallel_for(std::size_t count, int workers, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  auto drain = [&] {
    for (std::size_t i = next++; i < count; i = next++) task(i);
  };
  const auto threads = std::min<std::size_t>(count, static_cast<std::size_t>(std::max(1, workers)));
  std::vector<std::jthread> pool;
  for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(drain);
  drain();
}

}  // namespace troupe
