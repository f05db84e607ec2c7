/// The safetensors container (huggingface/safetensors): u64 little-endian header length, JSON
/// header, raw data. Reads what hostile hands may have written; writes what others can read.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/tensor.hpp"

namespace troupe::nn {

struct SafeTensors {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;  ///< F32 and I64
};

/// Keys in order, so equal content gives equal bytes.
std::vector<std::uint8_t> write_safetensors(const SafeTensors& content);

/// @param origin shown in messages. @return bad_input: truncated, not safetensors, header over
/// 1 MiB, overlapping or out-of-range offsets, size unlike the shape, dtypes other than F32 / I64.
Result<SafeTensors> read_safetensors(std::span<const std::uint8_t> bytes, std::string_view origin);

}  // namespace troupe::nn
