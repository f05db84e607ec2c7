/// The safetensors container (github.com/huggingface/safetensors, format 1): u64 header length,
/// JSON header, data; everything little-endian. F32 and I64 only.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/tensor.hpp"

namespace troupe::voices {

inline constexpr std::size_t kMaxSafetensorsHeader = 1 << 20;

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;
};

std::vector<std::uint8_t> write_safetensors(const Safetensors& content);

/// @param origin shown in messages. @return bad_input unless the header is valid and the tensors
/// fill the data exactly: no gap, no overlap, nothing past the end.
Result<Safetensors> parse_safetensors(std::span<const std::uint8_t> bytes, std::string_view origin);

}  // namespace troupe::voices
