/// Typed members of one JSON object. A member that is null counts as absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "segments/json_value.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

class JsonFields {
 public:
  /// @param place shown in messages: "job.json", "job.json: segment 3". Both must outlive this.
  JsonFields(const JsonValue::Object& object, const std::string& place)
      : object_(object), place_(place) {}

  /// @return null when absent.
  const JsonValue* find(std::string_view name) const;

  /// All: nothing when absent; bad_input naming place, member and value when of another type.
  Result<std::optional<std::string>> string(std::string_view name) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;
  Result<std::optional<double>> number(std::string_view name) const;  ///< always finite
  Result<std::optional<std::uint64_t>> whole(std::string_view name) const;

  /// "job.json: segment 3: start_ms is "abc"; give a number"
  Fail wrong(std::string_view name, std::string_view wanted) const;

 private:
  const JsonValue::Object& object_;
  const std::string& place_;
};

}  // namespace troupe::segments
