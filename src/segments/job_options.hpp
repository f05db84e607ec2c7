/// The `options` object of a job.
#pragma once

#include <string>
#include <vector>

#include "segments/json_value.hpp"
#include "troupe/options.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

/// Types and names only; ranges are validate()'s. Unknown names add a warning.
Result<Options> options_of(const JsonValue::Object& object, const std::string& origin,
                           std::vector<std::string>& warnings);

}  // namespace troupe::segments
