#include <unistd.h>

#include <iostream>
#include <system_error>

#include "app/chatterbox_status.hpp"
#include "app/commands.hpp"
#include "app/result_json.hpp"
#include "app/wiring.hpp"
#include "core/try.hpp"
#include "pipeline/job_directory.hpp"
#include "speech/espeak/espeak_backend.hpp"
#include "speech/text.hpp"

namespace troupe::app {
namespace {
namespace fs = std::filesystem;

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  ///< what was found, or what is wrong and how to mend it
};

Check from(const std::string& name, const Result<std::string>& found) {
  return {name, found.has_value(), found ? *found : found.error().message};
}

std::string cpu_features() {
#if defined(__x86_64__)
  std::string found = "x86-64";
  if (__builtin_cpu_supports("avx2")) found += " AVX2";
  if (__builtin_cpu_supports("avx512f")) found += " AVX-512";
  if (__builtin_cpu_supports("avx512vnni")) found += " VNNI";
  if (__builtin_cpu_supports("avx512bf16")) found += " BF16";
  return found;
#elif defined(__aarch64__)
  return "ARM64";
#else
  return "other";
#endif
}

Result<std::string> models(const Paths& paths) {
  TROUPE_TRY(const auto manifest, read_manifest(paths.models));
  std::string names;
  for (const ModelEntry& model : manifest) {
    for (const ModelFile& file : model.files) {
      std::error_code error;
      if (fs::file_size(paths.models / file.path, error) != file.bytes || error)
        return fail(Errc::missing_model, (paths.models / file.path).string() +
                                             ": missing or damaged; run `troupe models fetch`");
    }
    names += (names.empty() ? "" : ", ") + model.name;
  }
  return names + " in " + paths.models.string() + " (sizes match; `troupe models verify` hashes)";
}

Result<std::string> espeak() {
  TROUPE_CHECK(speech::make_espeak_backend());
  return std::string("voice data found");
}

Result<std::string> icu() {
  if (speech::clean_text("e\xCC\x81", "fr") == "\xC3\xA9") return std::string("rules found");
  return fail(Errc::missing_model, "Unicode rules are missing; install libicu72");
}

Result<std::string> encoders(const Paths& paths) {
  TROUPE_TRY(const auto folder, pipeline::JobDirectory::create(paths.temp_root, false));
  const auto media = open_media();
  std::string good;
  for (const char* kind : {"wav", "flac", "mp3", "opus", "m4a"}) {
    const fs::path path = folder->path() / (std::string("probe.") + kind);
    const auto writer = media->open_writer({path, path.string() + ".tmp", 24000, 1, {}, "en"});
    if (!writer)
      return fail(Errc::missing_model,
                  std::string(kind) + ": " + writer.error().message +
                      "; install libavcodec with this encoder (Debian: libavcodec59)");
    good.append(good.empty() ? "" : " ").append(kind);
  }
  return good;
}

Result<std::string> writable(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (::access(folder.c_str(), W_OK) == 0) return folder.string();
  return fail(Errc::io, folder.string() +
                            ": cannot be written; change its permissions or the "
                            "variable that names it (troupe --help)");
}

Result<std::string> disk_space(const fs::path& folder) {
  std::error_code error;
  const auto free_mb = fs::space(folder, error).available / 1000000;
  // An hour of speech waits on disk as 24 kHz f32: about 350 MB, twice when stretched.
  if (!error && free_mb >= 1000) return std::to_string(free_mb) + " MB free";
  return fail(Errc::io, folder.string() +
                            ": less than 1 GB free; an hour of speech needs about "
                            "0.7 GB; set TMPDIR to a larger disk");
}

}  // namespace

int run_doctor(const Console& console) {
  const Paths& paths = console.paths;
  const auto engine = open_engine(paths);
  const ChatterboxStatus chatterbox = chatterbox_status(paths.models, false);
  const std::vector<Check> checks{
      {"cpu", true,
       cpu_features() + "; " + engine->device() + ", speech in " +
           engine->precision_name(nn::Precision::fastest)},
      from("models", models(paths)),
      {"chatterbox", chatterbox.sound.has_value(), chatterbox.detail},
      from("espeak", espeak()),
      from("icu", icu()),
      from("encoders", encoders(paths)),
      from("cache", writable(paths.cache)),
      from("voices", writable(paths.named_voices)),
      from("temp", writable(paths.temp_root)),
      from("disk", disk_space(paths.temp_root)),
  };
  bool healthy = true;
  std::vector<std::string> items;
  for (const Check& check : checks) {
    healthy = healthy && check.ok;
    say(console, std::string(check.ok ? "ok    " : "FAIL  ") + check.name + ": " + check.detail);
    items.push_back(object_json({{"name", check.name},
                                 {"ok", check.ok ? "true" : "false", true},
                                 {"detail", check.detail}}));
  }
  if (console.json)
    std::cout << object_json({{"ok", healthy ? "true" : "false", true},
                              {"checks", array_json(items), true}})
              << std::endl;
  return healthy ? kDone : kMissing;
}

}  // namespace troupe::app
