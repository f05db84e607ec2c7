/// A dense row-major array: what crosses between the host, the neural runtime and voice files.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> data;

  Tensor() = default;
  Tensor(std::vector<std::int64_t> s, std::vector<float> d)
      : shape(std::move(s)), data(std::move(d)) {}
  Tensor(std::vector<std::int64_t> s, std::vector<std::int64_t> d)
      : shape(std::move(s)), data(std::move(d)) {}

  /// Product of the dimensions; 1 for a scalar.
  std::int64_t size() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  /// The values when they are f32, else null. Likewise ints().
  const std::vector<float>* floats() const { return std::get_if<std::vector<float>>(&data); }
  const std::vector<std::int64_t>* ints() const {
    return std::get_if<std::vector<std::int64_t>>(&data);
  }
};

}  // namespace troupe
