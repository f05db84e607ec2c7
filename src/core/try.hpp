/// TROUPE_TRY(auto x, call()): x is the value, or the enclosing function returns the error.
/// TROUPE_CHECK(call()): the same for Result<void>.
#pragma once

#include "troupe/result.hpp"

#define TROUPE_CAT_(a, b) a##b
#define TROUPE_CAT(a, b) TROUPE_CAT_(a, b)
#define TROUPE_TRY(declaration, expression)                                              \
  auto TROUPE_CAT(troupe_result_, __LINE__) = (expression);                              \
  if (!TROUPE_CAT(troupe_result_, __LINE__))                                             \
    return tl::make_unexpected(std::move(TROUPE_CAT(troupe_result_, __LINE__)).error()); \
  declaration = std::move(*TROUPE_CAT(troupe_result_, __LINE__))
#define TROUPE_CHECK(expression)                         \
  if (auto troupe_status = (expression); !troupe_status) \
  return tl::make_unexpected(std::move(troupe_status).error())
