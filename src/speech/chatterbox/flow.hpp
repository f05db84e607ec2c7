/// Conditional flow matching (Lipman et al. 2023, arXiv:2210.02747) as S3Gen solves it: noise to
/// mel along a cosine schedule, with classifier-free guidance, by Euler steps.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "nn/engine.hpp"

namespace troupe::speech::chatterbox {

inline constexpr int kMelBins = 80;

struct FlowConditions {
  std::vector<float> mu;       ///< [frames, 80]: what the tokens say
  std::vector<float> cond;     ///< [frames, 80]: the prompt's mel, then zeros
  std::vector<float> speaker;  ///< [80]

  std::size_t frames() const { return mu.size() / kMelBins; }
};

struct FlowSolver {
  int steps = 10;
  /// The row without conditions is evaluated every so many steps and its difference reused in
  /// between; 1 as the reference.
  int guidance_every = 1;
  double guidance = 0.7;
  int workers = 1;  ///< 2 evaluate both rows at once
  /// Turns that are spoken at this moment and share the workers; null: this one alone.
  const std::atomic<int>* running = nullptr;
  std::stop_token stop = {};
};

/// Times 0 .. 1 of the steps, steps + 1 values: 1 - cos(pi k / (2 steps)).
std::vector<float> cosine_schedule(int steps);

/// sin, then cos, of 1000 t / 10000^(k / 159), k = 0 .. 159. Made here: bf16 has no sine of 1000.
std::vector<float> time_features(float t);

/// @param velocity graph x, mu, cond [1, T, 80], speaker [1, 80], time [1, 320], mask [1, T] ->
/// velocity [1, T, 80]. @param x noise [frames, 80]. @return mel [frames, 80]; cancelled between
/// two steps. Rows run one by one, so that samples depend on nothing but their turn.
Result<std::vector<float>> solve_flow(const nn::Graph& velocity, const FlowConditions& conditions,
                                      std::vector<float> x, const FlowSolver& solver);

}  // namespace troupe::speech::chatterbox
