#include "voices/disk_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <mutex>

#include "core/sha256.hpp"
#include "core/try.hpp"
#include "voices/shown_name.hpp"
#include "voices/voice_folder.hpp"

namespace troupe::voices {
namespace {

namespace fs = std::filesystem;

// A dot cannot begin the folder of a voice, so unfinished ones are told apart by their names.
constexpr std::string_view kUnfinished = ".tmp-";
constexpr std::string_view kReplaced = ".old-";
constexpr std::size_t kLongestFolder = 120;
constexpr auto kStaleAfter = std::chrono::hours(1);
constexpr double kSecondsPerDay = 86400;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// A name is data: whatever it holds, the folder stays inside its parent and is unique.
std::string folder_of_name(const std::string& name) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string folder;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    folder +=
        is_plain(c) ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  if (folder.size() <= kLongestFolder) return folder;
  return "%" + sha256_hex(name);  // '%' and 64 digits: no escaped name looks like that
}

std::string folder_of_key(const std::string& key) {
  const bool is_hash = key.size() == 64 && std::all_of(key.begin(), key.end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                       });
  return is_hash ? key : sha256_hex(key);
}

Fail io_error(const fs::path& path, const std::error_code& error) {
  return fail(Errc::io,
              path.string() + ": " + error.message() + "; free space or check permissions");
}

/// Unique among processes and threads that write into the same parent.
fs::path hidden_sibling(const fs::path& parent, std::string_view prefix) {
  static std::atomic<unsigned> counter{0};
  const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
  return parent / (std::string(prefix) + std::to_string(getpid()) + "-" +
                   std::to_string(counter++) + "-" + std::to_string(ticks));
}

/// Out of sight in one step, so that no reader meets half a voice; then gone.
void remove_voice(const fs::path& folder) {
  std::error_code ignored;
  const fs::path hidden = hidden_sibling(folder.parent_path(), kReplaced);
  fs::rename(folder, hidden, ignored);
  if (!ignored) fs::remove_all(hidden, ignored);
}

Result<void> make_private_directory(const fs::path& directory) {
  std::error_code error;
  const bool created = fs::create_directories(directory, error);
  if (error) return io_error(directory, error);
  if (created) fs::permissions(directory, fs::perms::owner_all, error);  // voices are biometric
  if (error) return io_error(directory, error);
  return {};
}

/// Left behind by processes that died.
void sweep_stale(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kUnfinished) && !name.starts_with(kReplaced)) continue;
    std::error_code ignored;
    const auto changed = entry.last_write_time(ignored);
    if (!ignored && fs::file_time_type::clock::now() - changed > kStaleAfter)
      fs::remove_all(entry.path(), ignored);
  }
}

bool is_occupied(const std::error_code& error) {
  return error == std::errc::directory_not_empty || error == std::errc::file_exists ||
         error == std::errc::not_a_directory;
}

/// Without an exchange the older one waits under a hidden name until the new one is there.
std::error_code swap_in_steps(const fs::path& unfinished, const fs::path& folder) {
  std::error_code error, ignored;
  const fs::path older = hidden_sibling(folder.parent_path(), kReplaced);
  fs::rename(folder, older, error);
  if (error) return error;
  fs::rename(unfinished, folder, error);
  if (error)
    fs::rename(older, folder, ignored);
  else
    fs::remove_all(older, ignored);
  return error;
}

/// A voice of that name is replaced in one step: at no moment is there none. Afterwards
/// `unfinished` is gone or holds what may be deleted.
std::error_code put_in_place(const fs::path& unfinished, const fs::path& folder) {
  std::error_code error;
  for (int attempt = 0; attempt < 10; ++attempt) {  // others may put and remove in between
    fs::rename(unfinished, folder, error);          // refuses a folder that is not empty
    if (!is_occupied(error)) return error;
    if (::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0)
      return {};
    error.assign(errno, std::generic_category());
    // Network and FAT file systems cannot exchange.
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP)
      error = swap_in_steps(unfinished, folder);
    if (!error || (error != std::errc::no_such_file_or_directory && !is_occupied(error)))
      return error;
  }
  return error;
}

Result<void> write_atomically(const fs::path& folder, const std::string& stored_as,
                              std::int64_t created_unix_s, const Voice& voice,
                              const AudioBuffer* reference) {
  const fs::path parent = folder.parent_path();
  TROUPE_CHECK(make_private_directory(parent));
  const fs::path unfinished = hidden_sibling(parent, kUnfinished);
  TROUPE_CHECK(make_private_directory(unfinished));
  auto written = write_voice_folder(unfinished, stored_as, created_unix_s, voice, reference);
  if (written)
    if (const auto error = put_in_place(unfinished, folder); error)
      written = io_error(folder, error);
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  return written;
}

struct Usage {
  fs::path folder;
  fs::file_time_type last_use;
  std::int64_t bytes = 0;
};

std::int64_t bytes_in(const fs::path& folder) {
  std::int64_t bytes = 0;
  std::error_code ignored;  // another process evicted it just now
  for (const auto& file : fs::directory_iterator(folder, ignored)) {
    std::error_code vanished;
    const auto size = file.file_size(vanished);
    if (!vanished) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

std::vector<Usage> usage_of(const fs::path& directory) {
  std::vector<Usage> usages;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().filename().string().starts_with(".")) continue;
    std::error_code ignored;
    const auto last_use = entry.last_write_time(ignored);
    if (!ignored) usages.push_back({entry.path(), last_use, bytes_in(entry.path())});
  }
  return usages;
}

class DiskStore final : public VoiceStore {
 public:
  DiskStore(DiskStoreOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  std::optional<VoicePtr> find(const std::string& key, double max_age_days) const override {
    const fs::path folder = options_.automatic_dir / folder_of_key(key);
    std::error_code error;
    if (!fs::exists(folder, error)) return std::nullopt;
    const auto stored = read_twice(folder);
    if (!stored) {
      // Too many open files and the like pass; a damaged voice stays damaged.
      if (stored.error().code == Errc::bad_input) remove_voice(folder);
      return std::nullopt;
    }
    // Kept on disk when too old: another job may allow a greater age. One from the future was made
    // under a wrong clock, and nobody knows how old it is.
    const auto age_s =
        static_cast<double>(clock_.unix_seconds()) - static_cast<double>(stored->created_unix_s);
    if (age_s < 0 || age_s >= max_age_days * kSecondsPerDay) return std::nullopt;
    fs::last_write_time(folder, fs::file_time_type::clock::now(), error);
    return stored->voice;
  }

  Result<void> put(const std::string& key, const VoicePtr& voice,
                   const AudioBuffer* reference) override {
    const fs::path folder = options_.automatic_dir / folder_of_key(key);
    TROUPE_CHECK(write_atomically(folder, key, clock_.unix_seconds(), *voice, reference));
    keep_bounds(folder);
    return {};
  }

  Result<VoicePtr> load_named(const std::string& name) const override {
    const fs::path folder = options_.named_dir / folder_of_name(name);
    std::error_code error;
    if (name.empty() || !fs::exists(folder, error)) return unknown(name);
    TROUPE_TRY(StoredVoice stored, read_twice(folder));
    Voice voice = *stored.voice;
    voice.name = name;
    return std::make_shared<const Voice>(std::move(voice));
  }

  Result<void> save_named(const std::string& name, const VoicePtr& voice,
                          const AudioBuffer* reference) override {
    if (name.empty())
      return fail(Errc::bad_input, "a voice needs a name; give at least one letter");
    sweep_stale(options_.named_dir);
    return write_atomically(options_.named_dir / folder_of_name(name), name, clock_.unix_seconds(),
                            *voice, reference);
  }

  Result<void> delete_named(const std::string& name) override {
    const fs::path folder = options_.named_dir / folder_of_name(name);
    std::error_code error;
    if (name.empty() || !fs::exists(folder, error)) return unknown(name);
    remove_voice(folder);
    if (fs::exists(folder, error))
      return fail(Errc::io, folder.string() + ": cannot be deleted; check permissions");
    return {};
  }

  std::vector<std::string> named() const override {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(options_.named_dir, error)) {
      const std::string folder = entry.path().filename().string();
      if (folder.starts_with(".") || !entry.is_directory(error)) continue;
      // A damaged voice is still listed, so that load_named can say what is wrong with it.
      names.push_back(read_stored_as(entry.path()).value_or(folder));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  /// The folder may have been replaced between two of its files.
  static Result<StoredVoice> read_twice(const fs::path& folder) {
    auto stored = read_voice_folder(folder);
    return stored ? std::move(stored) : read_voice_folder(folder);
  }

  Fail unknown(const std::string& name) const {
    constexpr std::size_t kMostListed = 20;
    const std::vector<std::string> names = named();
    std::string known;
    for (std::size_t i = 0; i < names.size() && i < kMostListed; ++i)
      known += (known.empty() ? "" : ", ") + shown_name(names[i]);
    if (names.size() > kMostListed)
      known += " and " + std::to_string(names.size() - kMostListed) + " more";
    return fail(Errc::bad_input,
                "voice " + shown_name(name) + " is not known; " +
                    (known.empty() ? "make one with: troupe voice create" : "known: " + known));
  }

  /// Thousands of voices take long to list: once, then only when the bound seems to be passed.
  void keep_bounds(const fs::path& newest) {
    const std::lock_guard lock(mutex_);
    if (automatic_bytes_) {
      *automatic_bytes_ += bytes_in(newest);
      if (*automatic_bytes_ <= options_.max_automatic_bytes) return;
    }
    sweep_stale(options_.automatic_dir);
    automatic_bytes_ = evict_except(newest);
  }

  /// @return the bytes that stay.
  std::int64_t evict_except(const fs::path& newest) const {
    std::vector<Usage> usages = usage_of(options_.automatic_dir);
    std::sort(usages.begin(), usages.end(),
              [](const Usage& a, const Usage& b) { return a.last_use < b.last_use; });
    std::int64_t total = 0;
    for (const Usage& usage : usages) total += usage.bytes;
    for (const Usage& usage : usages) {
      if (total <= options_.max_automatic_bytes) break;
      if (usage.folder == newest) continue;
      remove_voice(usage.folder);
      total -= usage.bytes;
    }
    return total;
  }

  DiskStoreOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<std::int64_t> automatic_bytes_;  // none before the first voice is put
};

}  // namespace

std::unique_ptr<VoiceStore> make_disk_store(DiskStoreOptions options, const Clock& clock) {
  return std::make_unique<DiskStore>(std::move(options), clock);
}

}  // namespace troupe::voices
