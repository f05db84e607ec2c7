/// What the OpenVINO adapters share. No OpenVINO header: a header never includes a third party.
#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "nn/engine.hpp"

namespace troupe::nn {

/// One line of what the runtime says: its messages carry a source location and stack-like lines.
std::string brief(const std::exception& error);

/// @param bf16 whether to compute in bf16 and keep keys and values so. @return missing_model when
/// the graph is not one that OpenVINO can make a paged one of.
Result<std::shared_ptr<const PagedModel>> load_openvino_paged(const std::filesystem::path& model,
                                                              bool bf16, int threads);

}  // namespace troupe::nn
