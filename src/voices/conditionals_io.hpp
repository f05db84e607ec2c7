/// Conditionals <-> bytes of `conditionals.safetensors` (spec V8; docs/formats/voice.md).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe::voices {

std::vector<std::uint8_t> serialise(const Conditionals& conditionals);

/// @param origin shown in messages. @return bad_input: truncated, not safetensors, header over
/// 1 MiB, unknown format version, overlapping or out-of-range offsets, dtypes other than F32/I64.
Result<Conditionals> parse_conditionals(std::span<const std::uint8_t> bytes,
                                        std::string_view origin);

}  // namespace troupe::voices
