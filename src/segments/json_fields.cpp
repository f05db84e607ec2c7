#include "segments/json_fields.hpp"

namespace troupe::segments {

const JsonValue* JsonFields::find(std::string_view name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->second.is_null() ? nullptr : &found->second;
}

Fail JsonFields::wrong(std::string_view name, std::string_view wanted) const {
  const JsonValue* value = find(name);
  return fail(Errc::bad_input,
              place_ + ": " + std::string(name) + " is " + (value ? describe(*value) : "missing") +
                  "; give " + std::string(wanted),
              "segments");
}

Result<std::optional<std::string>> JsonFields::string(std::string_view name) const {
  const JsonValue* value = find(name);
  if (!value) return std::optional<std::string>{};
  if (const auto* text = value->string()) return std::optional(*text);
  return wrong(name, "a string");
}

Result<std::optional<bool>> JsonFields::boolean(std::string_view name) const {
  const JsonValue* value = find(name);
  if (!value) return std::optional<bool>{};
  if (const auto* flag = std::get_if<bool>(&value->value)) return std::optional(*flag);
  return wrong(name, "true or false");
}

Result<std::optional<double>> JsonFields::number(std::string_view name) const {
  const JsonValue* value = find(name);
  if (!value) return std::optional<double>{};
  if (const auto* real = std::get_if<double>(&value->value)) return std::optional(*real);
  if (const auto* whole = std::get_if<std::uint64_t>(&value->value))
    return std::optional(static_cast<double>(*whole));
  return wrong(name, "a number");
}

Result<std::optional<std::uint64_t>> JsonFields::whole(std::string_view name) const {
  const JsonValue* value = find(name);
  if (!value) return std::optional<std::uint64_t>{};
  if (const auto* whole = std::get_if<std::uint64_t>(&value->value)) return std::optional(*whole);
  return wrong(name, "a whole number, 0 or more");
}

}  // namespace troupe::segments
