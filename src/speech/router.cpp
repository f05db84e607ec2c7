#include "speech/router.hpp"

namespace troupe::speech {
namespace {

std::string names(std::span<const BackendPtr> installed, std::string_view language) {
  std::string list;
  for (const BackendPtr& backend : installed)
    if (language.empty() || backend->speaks(language))
      list += (list.empty() ? "" : ", ") + backend->info().name;
  return list;
}

}  // namespace

Result<BackendPtr> choose_backend(std::span<const BackendPtr> installed, std::string_view wanted,
                                  std::string_view language) {
  const std::string tag(language), name(wanted);
  if (installed.empty())
    return fail(Errc::missing_model,
                "backend: none is installed; run: troupe models fetch, or apt install "
                "espeak-ng-data");
  if (wanted == "auto") {
    for (const BackendPtr& backend : installed)
      if (backend->speaks(language)) return backend;
    return fail(Errc::bad_input, "target_language: no installed backend speaks '" + tag +
                                     "' (installed: " + names(installed, {}) +
                                     "); choose another language");
  }
  for (const BackendPtr& backend : installed) {
    if (backend->info().name != wanted) continue;
    if (backend->speaks(language)) return backend;
    const std::string able = names(installed, language);
    return fail(Errc::bad_input,
                "backend: '" + name + "' does not speak '" + tag + "'; " +
                    (able.empty() ? "no installed backend does; choose another language"
                                  : "use auto or one of: " + able));
  }
  if (wanted == "espeak")
    return fail(Errc::missing_model,
                "backend: 'espeak' is not installed; run: apt install espeak-ng-data");
  if (wanted == "kokoro")
    return fail(Errc::missing_model,
                "backend: 'kokoro' is not installed; run: troupe models fetch");
  if (wanted == "chatterbox")
    return fail(Errc::missing_model,
                "backend: 'chatterbox' is not installed; `troupe models list` says how to get it");
  return fail(Errc::bad_input,
              "backend: '" + name + "' is unknown; use auto or one of: " + names(installed, {}));
}

}  // namespace troupe::speech
