#include "speech/chatterbox/flow.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "core/parallel.hpp"
#include "core/try.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr int kTimeFeatures = 320;

/// The graph's inputs for a row; `conditioned` or with zeros in their place.
nn::Tensors row(const FlowConditions& from, bool conditioned) {
  const auto frames = static_cast<std::int64_t>(from.frames());
  const auto given = [&](const std::vector<float>& values) {
    return conditioned ? values : std::vector<float>(values.size());
  };
  nn::Tensors inputs;
  inputs["mu"] = {{1, frames, kMelBins}, given(from.mu)};
  inputs["cond"] = {{1, frames, kMelBins}, given(from.cond)};
  inputs["speaker"] = {{1, kMelBins}, given(from.speaker)};
  inputs["mask"] = {{1, frames}, std::vector<float>(from.frames(), 1)};
  return inputs;
}

Result<std::vector<float>> evaluate(const nn::Graph& graph, nn::Tensors& inputs,
                                    const std::vector<float>& x, float t) {
  inputs["x"] = {inputs["mu"].shape, x};
  inputs["time"] = {{1, kTimeFeatures}, time_features(t)};
  TROUPE_TRY(nn::Tensors outputs, graph.run(inputs));
  const auto found = outputs.find("velocity");
  if (found == outputs.end() || !found->second.floats() ||
      found->second.floats()->size() != x.size())
    return fail(Errc::missing_model,
                "chatterbox: the flow's graph lacks an output 'velocity' of its input's size; "
                "export it again");
  return std::get<std::vector<float>>(std::move(found->second.data));
}

}  // namespace

std::vector<float> cosine_schedule(int steps) {
  std::vector<float> times(static_cast<std::size_t>(steps) + 1);
  for (std::size_t k = 0; k < times.size(); ++k)
    times[k] =
        static_cast<float>(1 - std::cos(static_cast<double>(k) / steps * 0.5 * std::numbers::pi));
  return times;
}

std::vector<float> time_features(float t) {
  constexpr std::size_t kHalf = kTimeFeatures / 2;
  std::vector<float> features(kTimeFeatures);
  for (std::size_t k = 0; k < kHalf; ++k) {
    const double slower = std::exp(-static_cast<double>(k) * std::log(10000.0) / (kHalf - 1));
    features[k] = static_cast<float>(std::sin(1000.0 * t * slower));
    features[kHalf + k] = static_cast<float>(std::cos(1000.0 * t * slower));
  }
  return features;
}

Result<std::vector<float>> solve_flow(const nn::Graph& velocity, const FlowConditions& conditions,
                                      std::vector<float> x, const FlowSolver& solver) {
  std::array<nn::Tensors, 2> inputs{row(conditions, true), row(conditions, false)};
  std::vector<float> difference(x.size());  // conditioned - unconditioned, scaled by the guidance
  const auto times = cosine_schedule(solver.steps);
  for (int step = 0; step < solver.steps; ++step) {
    if (solver.stop.stop_requested()) return fail(Errc::cancelled, "cancelled");
    const auto at = static_cast<std::size_t>(step);
    const bool both = step % solver.guidance_every == 0;
    std::array<std::optional<Result<std::vector<float>>>, 2> rows;
    const int sharing = solver.running ? std::max(1, solver.running->load()) : 1;
    parallel_for(both ? 2 : 1, solver.workers / sharing, [&](std::size_t k) {
      rows[k].emplace(evaluate(velocity, inputs[k], x, times[at]));
    });
    TROUPE_TRY(const std::vector<float> with, std::move(*rows[0]));
    if (both) {
      TROUPE_TRY(const std::vector<float> without, std::move(*rows[1]));
      for (std::size_t i = 0; i < x.size(); ++i)
        difference[i] = static_cast<float>(solver.guidance) * (with[i] - without[i]);
    }
    const float length = times[at + 1] - times[at];
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += length * (with[i] + difference[i]);
  }
  return x;
}

}  // namespace troupe::speech::chatterbox
