/// f32 arrays in numpy's own file format, version 1.0 (numpy.lib.format): np.load opens them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/tensor.hpp"

namespace troupe::voices {

/// @param tensor f32. @return the bytes of the .npy file.
std::vector<std::uint8_t> write_npy(const Tensor& tensor);

/// Reads little-endian f32 in C order. @return bad_input (naming `origin`) for anything else.
Result<Tensor> parse_npy(std::span<const std::uint8_t> bytes, std::string_view origin);

}  // namespace troupe::voices
