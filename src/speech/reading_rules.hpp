/// What is written short and read long, per language: the tables behind write_out().
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace troupe::speech {

struct ReadingRule {
  const char* pattern;  ///< ICU regular expression
  const char* reading;  ///< $1 = first group
};

/// By base language, in the order in which they apply.
const std::map<std::string_view, std::vector<ReadingRule>>& reading_rules();

/// For every language, after its own.
std::span<const ReadingRule> common_reading_rules();

}  // namespace troupe::speech
