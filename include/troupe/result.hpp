/// Failure is a value: every fallible call returns Result<T>; the library never prints, exits or
/// lets an exception of a third party through.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace troupe {

/// Why a call failed. The command line maps these to exit codes.
enum class Errc {
  bad_input,      ///< the caller's file, field or value is wrong               -> exit 2
  missing_model,  ///< a model or dependency is absent or corrupt               -> exit 3
  io,             ///< reading or writing a file failed (disk full, permission) -> exit 1
  backend,        ///< an engine failed on this request                         -> exit 1
  unsupported,    ///< this backend cannot read or speak this; another may      -> next in the chain
  too_few_spoken,  ///< fewer turns spoken than the job demands                  -> exit 1
  cancelled,       ///< the caller asked to stop                                 -> exit 1
  internal,        ///< a broken invariant: a bug                                -> exit 1
};

/// One clear line: `message` names the file, place, value and remedy.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  std::string stage = {};        ///< decode, segments, voices, synthesis, timing, mix, encode
  std::optional<int> turn = {};  ///< index of the turn that failed, where there is one
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error>&& other) : tl::expected<T, Error>(std::move(other)) {}
};

using Fail = tl::unexpected<Error>;

/// `return fail(Errc::bad_input, "job.json: ...");`
inline Fail fail(Errc code, std::string message, std::string stage = {},
                 std::optional<int> turn = {}) {
  return Fail(Error{code, std::move(message), std::move(stage), turn});
}

}  // namespace troupe
