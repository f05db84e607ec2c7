#include "pipeline/job_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "core/sha256.hpp"
#include "core/try.hpp"

namespace troupe::pipeline {
namespace fs = std::filesystem;
namespace {

constexpr char kTempsFile[] = "temps";  // temp outputs, NUL-separated absolute paths
constexpr char kKeepFile[] = "kept";    // its owner asked to keep the directory

/// Holds the advisory lock of a file or folder while in scope.
class Locked {
 public:
  Locked(const fs::path& path, int open_flags, int lock_flags)
      : fd_(::open(path.c_str(), open_flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (fd_ >= 0 && ::flock(fd_, lock_flags) != 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }
  ~Locked() {
    if (fd_ >= 0) ::close(fd_);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  bool held() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

/// The root is in a folder that everybody can write, so a stranger may have been there first.
Result<void> make_private_root(const fs::path& root) {
  std::error_code ignored;
  fs::create_directories(root.parent_path(), ignored);
  if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(Errc::io, root.string() + ": cannot be made: " + reason() +
                              "; point TMPDIR at a folder that you can write");
  struct stat info {};
  if (::lstat(root.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return fail(Errc::io, root.string() + ": is not a folder; remove it or set TMPDIR");
  if (info.st_uid != ::geteuid())
    return fail(Errc::io, root.string() + ": belongs to another user; set TMPDIR");
  return {};
}

/// "job-AbC123" -> the suffix that every temp file of that job carries.
std::string temp_tag(const fs::path& directory) {
  return ".troupe-" + directory.filename().string() + "-";
}

/// Tells the jobs of one root from those of another TMPDIR or machine that write to the same
/// folder.
std::string root_tag(const fs::path& root) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return sha256_hex(std::string(host) + ':' + fs::absolute(root).string()).substr(0, 8) + "-";
}

bool is_own_file(const fs::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid();
}

bool is_temp_of(const fs::path& file, const fs::path& directory) {
  const std::string name = file.filename().string();
  if (!file.is_absolute() || name.size() < 2 || name.front() != '.' || !name.ends_with(".tmp"))
    return false;
  if (name.find(temp_tag(directory)) == std::string::npos) return false;
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

void remove_temps(const fs::path& directory) {
  std::ifstream list(directory / kTempsFile, std::ios::binary);
  for (std::string name; std::getline(list, name, '\0');)
    if (is_temp_of(name, directory)) ::unlink(name.c_str());
}

void sweep_one(const fs::path& directory) {
  struct stat info {};
  if (::lstat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) ||
      info.st_uid != ::geteuid())
    return;
  Locked lock(directory / "lock", O_RDWR | O_CREAT, LOCK_EX | LOCK_NB);
  if (!lock.held()) return;  // its job lives
  remove_temps(directory);
  std::error_code ignored;
  if (!fs::exists(directory / kKeepFile, ignored)) fs::remove_all(directory, ignored);
}

}  // namespace

Result<std::unique_ptr<JobDirectory>> JobDirectory::create(const fs::path& root, bool keep) {
  TROUPE_CHECK(make_private_root(root));
  // The root's own lock keeps a sweep away between making a directory and locking it.
  Locked root_lock(root, O_RDONLY | O_DIRECTORY, LOCK_EX);
  std::string name = (root / "job-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    return fail(Errc::io, root.string() + ": no job folder can be made: " + reason() +
                              "; free some space or set TMPDIR");
  Locked lock(fs::path(name) / "lock", O_RDWR | O_CREAT, LOCK_EX | LOCK_NB);
  if (!lock.held()) {
    const std::string why = reason();
    std::error_code ignored;
    fs::remove_all(name, ignored);
    return fail(Errc::io, name + ": cannot be locked: " + why + "; set TMPDIR to a local disk");
  }
  if (keep) std::ofstream(fs::path(name) / kKeepFile) << "";
  return std::unique_ptr<JobDirectory>(new JobDirectory(name, lock.release(), keep));
}

JobDirectory::JobDirectory(fs::path path, int lock_fd, bool keep)
    : path_(std::move(path)), lock_fd_(lock_fd), keep_(keep) {}

JobDirectory::~JobDirectory() {
  remove_temps(path_);
  std::error_code ignored;
  if (!keep_) fs::remove_all(path_, ignored);
  ::close(lock_fd_);
}

void JobDirectory::remove_orphans(const fs::path& folder) {
  if (!searched_.insert(folder).second) return;
  constexpr std::string_view kMark = ".troupe-job-";
  constexpr std::size_t kIdLength = 6;  // of mkdtemp's XXXXXX
  const std::string ours = std::string("-") + root_tag(path_.parent_path());
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::size_t mark = name.rfind(kMark);
    if (name.front() != '.' || mark == std::string::npos || !name.ends_with(".tmp")) continue;
    const std::size_t id = mark + kMark.size();
    if (name.compare(std::min(id + kIdLength, name.size()), ours.size(), ours) != 0) continue;
    std::error_code unknown;
    const auto owner = path_.parent_path() / name.substr(id - 4, 4 + kIdLength);  // "job-..."
    const bool gone = fs::symlink_status(owner, unknown).type() == fs::file_type::not_found;
    if (gone && is_own_file(it->path())) ::unlink(it->path().c_str());
  }
}

Result<fs::path> JobDirectory::temp_for(const fs::path& output) {
  std::error_code error;
  const fs::path final_path = fs::absolute(output, error);
  const fs::path folder = final_path.parent_path();
  remove_orphans(folder);
  // 255 bytes is the usual limit of a name; the tag is about 40.
  const std::string stem = final_path.filename().string().substr(0, 200);
  const fs::path temp = folder / ("." + stem + temp_tag(path_) + root_tag(path_.parent_path()) +
                                  std::to_string(++temps_) + ".tmp");
  std::ofstream list(path_ / kTempsFile, std::ios::binary | std::ios::app);
  list << temp.string() << '\0' << std::flush;
  if (!list) return fail(Errc::io, path_.string() + ": cannot be written: " + reason());
  const int fd = ::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0)
    return fail(Errc::io, output.string() + ": cannot be written: " + reason() +
                              "; choose another folder or change its permissions");
  ::close(fd);
  return temp;
}

void JobDirectory::sweep(const fs::path& root) {
  Locked root_lock(root, O_RDONLY | O_DIRECTORY, LOCK_EX);
  if (!root_lock.held()) return;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string().starts_with("job-")) sweep_one(it->path());
}

}  // namespace troupe::pipeline
