/// Which backend speaks a job (spec S1).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/speech_backend.hpp"

namespace troupe::speech {

using BackendPtr = std::shared_ptr<const SpeechBackend>;

/// @param installed in order of preference. @param wanted a name or "auto".
/// @return bad_input when the named backend does not speak the language (naming those that do),
/// missing_model when it is not installed (with the command that fetches it).
Result<BackendPtr> choose_backend(std::span<const BackendPtr> installed, std::string_view wanted,
                                  std::string_view language);

}  // namespace troupe::speech
