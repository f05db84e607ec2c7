/// Random numbers by counter: the k-th draw of a seed is a function of both, so that it depends
/// neither on the order of evaluation, nor on who else draws, nor on a library's generator.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace troupe {

/// SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Uniform in [0, 1), 53 bits.
constexpr double uniform01(std::uint64_t seed, std::uint64_t counter) {
  return static_cast<double>(mix64(seed + counter) >> 11) * 0x1p-53;
}

/// Two standard normal values per counter (Box-Muller).
inline std::array<double, 2> normal_pair(std::uint64_t seed, std::uint64_t counter) {
  const double u1 = uniform01(seed, 2 * counter) + 0x1p-53;
  const double u2 = uniform01(seed, 2 * counter + 1);
  const double radius = std::sqrt(-2 * std::log(u1));
  const double angle = 2 * std::numbers::pi * u2;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace troupe
